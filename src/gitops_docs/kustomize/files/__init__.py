"""Read the files of a kustomization."""
