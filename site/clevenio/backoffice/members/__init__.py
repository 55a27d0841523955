"""Staff accounts: who works here, as what, and whether they may still come in."""
