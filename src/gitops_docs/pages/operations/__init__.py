"""Write the pages about who owns what, and what is held back."""
