"""Read what is reachable, and who may talk to whom."""
