"""Read Helm charts: where a release takes one from, the store of archives, and what an archive says
of itself."""
