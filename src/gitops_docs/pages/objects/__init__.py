"""Write the pages about objects of all layers."""
