"""Asking in the account, where the login shows whose request it is."""
