"""Chaos: a worker and its station in simulated time, and in real processes, to which bad things happen."""
