"""Where each camera is, at any instant: telemetry enters (MAVLink, logs, KLV, SEI, subtitles, photo tags, camera files), `CameraPose` values leave."""
