"""Read a directory on disk: its files, its YAML with lines and comments, its Git history. Knows
nothing of Kubernetes but what a secret is."""
