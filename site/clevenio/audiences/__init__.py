"""Target groups handed to advertising platforms as digests, to those and only those who agreed."""
