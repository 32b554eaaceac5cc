"""Pre-flight: what must be right before a flight; facts in, points out, each green or with a mend."""
