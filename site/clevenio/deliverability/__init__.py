"""What a receiver would object to in a mail of ours, read from one that came back."""
