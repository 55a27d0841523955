"""The people we know by name: who they are, how they are reached, and what they asked us not to do."""
