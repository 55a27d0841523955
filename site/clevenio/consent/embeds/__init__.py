"""Videos and maps of others: our own placeholder until their maker is allowed, or somebody asks for one once."""
