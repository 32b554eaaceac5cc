"""Recorded flights of any kind enter (one reader a kind, found by its content), the camera poses of a flight leave."""
