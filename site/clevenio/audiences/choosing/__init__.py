"""Choosing whom an audience is made of: segments, and what each platform would get of them."""
