"""The back office's pages about accounts, one module for each."""

from clevenio.accounts.staff import agreements, signups, usage

__all__ = ["agreements", "signups", "usage"]
