"""Signing out at the provider: what it tells us (front-channel, back-channel), and where we lead people to."""
