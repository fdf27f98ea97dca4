"""Change resources as kustomize's transformers and generators do."""
