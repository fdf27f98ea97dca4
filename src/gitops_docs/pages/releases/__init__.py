"""Write the pages of releases and images."""
