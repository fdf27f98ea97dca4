"""Write the pages of layers and variables."""
