"""Addresses from which a platform fetches an audience by itself, on its own schedule."""
