"""Find problems in the model."""
