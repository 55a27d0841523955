"""Holding people’s data back from every rule, with a ground, until staff end it."""
