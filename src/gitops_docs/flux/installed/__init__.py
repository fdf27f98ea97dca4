"""Read how Flux is installed in a cluster, and what that makes of its layers."""
