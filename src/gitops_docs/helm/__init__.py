"""Read the charts of HelmReleases."""
