"""Accounts: signing up, logging in, sessions, the account's own page, and what was agreed to."""
