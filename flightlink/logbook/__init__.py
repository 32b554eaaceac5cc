"""The logbook: what vehicles said, frame by frame as received, in telemetry logs bounded in size and in age."""
