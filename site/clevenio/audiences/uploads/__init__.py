"""What became of the files: uploaded or thrown away, how much of them a platform matched, and when they run out."""
