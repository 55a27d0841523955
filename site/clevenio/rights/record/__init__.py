"""The records of processing activities, computed from the classification: GDPR Art. 30(1) and 30(2)."""
