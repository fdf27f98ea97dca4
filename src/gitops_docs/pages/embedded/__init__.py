"""Write fragments for hand-written pages."""
