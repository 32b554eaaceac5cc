"""One vehicle: its messages enter, its state and the pose of its camera at any instant leave."""
