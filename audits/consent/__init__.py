"""The audit of consent: every page in each state of consent, as a browser sees it, beside what the registry declares."""
