"""The second door: a factor after the password, and once more before what is worth more than the rest."""
