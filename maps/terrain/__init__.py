"""Height models: read from a file of the operator outside the sealed room, met by rays inside it."""
