"""Write the pages about what changes versions: image automation."""
