"""Who received somebody's data and is to be told of what follows from a request (GDPR Art. 19)."""
