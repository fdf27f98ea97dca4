"""Look up things in a finished platform."""
