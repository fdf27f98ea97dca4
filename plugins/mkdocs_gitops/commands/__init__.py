"""Run the commands that make a site: of one repository, or of many from the inventories that they
publish."""
