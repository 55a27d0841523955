"""Which campaign a browser came by: kept only by its consent, and counted, never listed."""
