"""Decide which files a site gets: those of `docs_dir` that stay, and those that are added."""
