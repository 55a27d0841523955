"""Campaigns in the back office: written, looked at, checked, sent, followed."""
