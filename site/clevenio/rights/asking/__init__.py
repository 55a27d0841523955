"""Asking by an address: the public form, and the mailed link that shows whose request it is."""
