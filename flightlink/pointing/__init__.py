"""The one thing that the station may ever move: a gimbal, for its pilot, to a place that the mission allows."""
