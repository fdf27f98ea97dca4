"""Join what a person on call asks: who owns it, what is held back, what goes with a layer."""
