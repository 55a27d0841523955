"""Assessments of legitimate interests and of impacts: GDPR Art. 6(1)(f) and 35."""
