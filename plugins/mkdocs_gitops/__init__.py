"""Provide the MkDocs plugin `gitops`: hooks that hand the engine's pages to MkDocs, and the
commands that build a site."""
