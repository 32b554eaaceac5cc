"""The sealed room: raw pixels and poses enter; only redacted, encoded frames and counts per cell leave."""
