"""Second factors: codes of an app, passkeys, and recovery codes for when both are lost."""
