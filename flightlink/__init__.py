"""Where each camera is at any instant: telemetry enters (links, logs, tags of video and photo), `CameraPose` leaves."""
