"""Handling requests: writing down those that come by other ways, whose they are, who looks after them, the answer."""
