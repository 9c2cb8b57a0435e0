"""Try a provider: an administrator runs a whole sign-in with a real account, sees what came, and signs nobody in."""
