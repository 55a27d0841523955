"""The staff shell: its people, their roles, what the house shows to them."""
