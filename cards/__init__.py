"""Draws the picture of each page that a shared link shows: `make cards`."""
