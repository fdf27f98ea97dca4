"""The engine of mkdocs-gitops: a Git repository that Flux applies goes in, a `Platform` comes out.
Never imports MkDocs."""
