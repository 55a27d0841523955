"""What somebody gets of their own data: the access file (GDPR Art. 15) and the file to take along (Art. 20)."""
