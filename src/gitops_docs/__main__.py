"""Run the command as `python -m gitops_docs`."""

from gitops_docs.cli.main import main

main(prog_name="gitops-docs")
