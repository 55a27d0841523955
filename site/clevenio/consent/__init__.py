"""The ledger that decides what may leave the system, and the pages on which people decide. Map: `docs/consent.md`."""
