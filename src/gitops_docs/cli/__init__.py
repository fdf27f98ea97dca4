"""Run the command `gitops-docs`."""
