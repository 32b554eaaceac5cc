"""The published maps of the last hours: in memory for a replay, in a folder that outlives a restart for a station."""
