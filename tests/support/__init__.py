"""What several tests use and no test is."""
