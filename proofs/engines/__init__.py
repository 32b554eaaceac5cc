"""Whether each engine of this machine finds the same boxes, and how long it takes; no part of the running station."""
