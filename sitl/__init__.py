"""The simulated world: a world file enters; MAVLink and video leave over the network, like from a real drone."""
