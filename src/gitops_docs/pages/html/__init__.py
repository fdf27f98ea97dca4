"""Write pages as HTML: page, templates, tables and text."""
