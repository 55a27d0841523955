"""The restrictions that stand, for staff."""
