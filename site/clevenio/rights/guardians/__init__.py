"""Guardians: what they tell us about a child is acted on first and looked at second."""
