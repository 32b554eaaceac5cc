"""MAVLink as bytes: frames come in, messages leave; the few words that the station may say are packed here alone."""
