"""Turn rendered objects into the model, one module a family."""
