"""Measurements, each a ratio to a peer or a physical limit in the same run."""
