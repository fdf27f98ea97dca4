"""Read who owns an object, and what holds it back."""
