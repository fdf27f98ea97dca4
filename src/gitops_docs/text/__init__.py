"""Work on text, without knowing of repositories, Kubernetes or Flux."""
