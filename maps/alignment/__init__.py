"""Tie points (a pixel and the ground it shows) enter; what the camera's attitude is off by leaves, or a cause."""
