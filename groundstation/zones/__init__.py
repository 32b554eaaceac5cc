"""The zones of a station: outlines and capacities of an officer enter; how full each is, and its alerts, leave."""
