"""What comes back: mail that could not be delivered, and complaints about what was."""
