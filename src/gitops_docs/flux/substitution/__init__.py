"""Replace variables in rendered objects."""
