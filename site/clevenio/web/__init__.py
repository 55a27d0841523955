"""The kit every room is built with: addresses in two languages, rendering, headers, errors, sessions."""
