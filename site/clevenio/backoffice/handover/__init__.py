"""What staff typed while their session ended: carried through both steps of the way in, and sent by a press."""
