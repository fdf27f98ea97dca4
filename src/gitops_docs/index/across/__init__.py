"""Compare what clusters have in common and where they differ: environments, areas, versions."""
