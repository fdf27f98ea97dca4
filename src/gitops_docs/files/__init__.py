"""Writes, replaces and deletes files. No other package of this project does."""
