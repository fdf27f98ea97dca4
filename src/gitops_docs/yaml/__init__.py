"""Read YAML into nodes that know their file and line."""
