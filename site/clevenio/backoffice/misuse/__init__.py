"""Misuse by those who may come in, or try to: found in the audit trail, told to administrators."""
