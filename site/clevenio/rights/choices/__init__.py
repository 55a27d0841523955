"""One page for everything a person may choose about their data, opened by a mailed link instead of a login."""
