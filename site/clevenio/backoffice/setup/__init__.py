"""Setting a second factor up: the first one on the way in, and others later."""
