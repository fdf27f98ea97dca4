"""Work out what Flux makes of a repository: clusters, layers found in rendered output, sources,
substitution, HelmReleases, notifications."""
