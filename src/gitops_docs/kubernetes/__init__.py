"""Say what Kubernetes and Flux define of their kinds: tables and pure functions."""
