"""Scan a directory, once or again after each edit."""
