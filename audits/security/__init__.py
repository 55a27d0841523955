"""The audit of security: scanners against the real site over TLS, on this machine alone."""
