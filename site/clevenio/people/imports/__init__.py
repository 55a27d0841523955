"""People from a CSV file: read and checked row by row, staged, then merged in one transaction."""
