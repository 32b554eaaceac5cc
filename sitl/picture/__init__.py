"""What the simulated camera sees: a crowd and a true camera go in, a picture leaves, live or exact for training."""
