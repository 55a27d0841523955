"""Subscriptions, the way out of them, and campaigns sent to those the ledger permits."""
