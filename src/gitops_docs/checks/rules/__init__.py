"""Check the model, one module a family."""
