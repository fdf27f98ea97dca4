"""Turn what charts render to into parts of the model."""
