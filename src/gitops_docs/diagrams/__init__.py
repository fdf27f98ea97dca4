"""Draw layers and their dependencies."""
