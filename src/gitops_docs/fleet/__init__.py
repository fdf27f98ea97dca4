"""Build one site over many repositories from their inventories."""
