"""Where each camera is, at any instant: telemetry enters (MAVLink, tlog, camera files), `CameraPose` values leave."""
