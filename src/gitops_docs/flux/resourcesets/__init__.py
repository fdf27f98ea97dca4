"""Expand ResourceSets of the Flux Operator."""
