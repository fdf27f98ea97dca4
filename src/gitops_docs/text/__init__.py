"""Functions on text; they know nothing of repositories, Kubernetes or Flux."""
