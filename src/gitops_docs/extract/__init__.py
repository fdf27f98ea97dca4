"""Turn rendered objects into structs of the model, one module a family."""
