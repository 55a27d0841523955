"""Retention: every rule of the registry carried out daily by one engine, with a report that stays."""
