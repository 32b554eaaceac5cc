"""The pose that each frame of a video carries as JSON (`apcg.telemetry.v1` in SEI): bytes in, poses out. Pure."""
