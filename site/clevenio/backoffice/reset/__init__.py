"""A new password for staff who cannot get in: by a mailed link, and then the second factor as always."""
