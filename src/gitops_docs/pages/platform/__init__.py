"""Write the pages about the whole platform."""
