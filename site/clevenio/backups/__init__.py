"""Backups: a whole installation in one file, and back from it without waking what was laid to rest."""
