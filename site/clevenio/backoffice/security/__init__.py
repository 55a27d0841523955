"""A member's own security: factors, recovery codes, sessions, password."""
