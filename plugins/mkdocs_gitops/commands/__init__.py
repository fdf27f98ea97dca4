"""One site over many repositories, made from the inventories that their own sites publish."""
