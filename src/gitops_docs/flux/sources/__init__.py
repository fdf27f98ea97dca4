"""Find the files that a Flux source stands for."""
