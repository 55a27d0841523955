"""What strangers' tools find: run on demand, each in an environment of its own."""
