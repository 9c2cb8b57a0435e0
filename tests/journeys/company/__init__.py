"""Journeys through identity providers that Daypass did not write (tests/idps), in a real browser."""
