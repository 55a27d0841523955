"""A made-up business, so that every screen has something to show: `clevenio demo load`, never in production."""
