"""Convert a platform to and from the JSON inventory."""
