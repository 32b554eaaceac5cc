"""The built-in vehicle: its flight, its gimbal and camera, and what it says of itself on real MAVLink.

In come a route and datagrams of a station; out go datagrams, made from an estimate, and the true flight for the camera.
"""
