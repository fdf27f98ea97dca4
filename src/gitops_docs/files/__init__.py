"""Write, replace and delete files. No other package of this project does."""
