"""Hold resources, their fields and how they are printed."""
