"""Real autopilots in the simulated world: ArduPilot's own simulator flown by a script, filmed from its own truth."""
