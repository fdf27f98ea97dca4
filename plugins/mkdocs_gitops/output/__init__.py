"""Make safe what the plugin hands to themes, to the log and to the site."""
