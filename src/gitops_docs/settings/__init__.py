"""Read what the user sets."""
