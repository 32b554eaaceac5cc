"""The small family of errors of this room; each message says what was wrong, where, and how to mend it."""


class FlightlinkError(Exception):
    """Any error of the flight link."""


class PoseInvalidError(FlightlinkError, ValueError):
    """A pose or camera value is impossible."""


class CameraFileError(FlightlinkError, ValueError):
    """A camera file cannot be read as one."""


class MissionError(FlightlinkError, ValueError):
    """A mission file cannot be read as one, or the mission is not valid."""


class TelemetryError(FlightlinkError, ValueError):
    """A telemetry file cannot be read."""


class LinkError(FlightlinkError, OSError):
    """A link cannot be opened, for instance because its port is in use."""


class PhotoError(FlightlinkError, ValueError):
    """A photo cannot be read, or does not say where its camera was and looked; `cause` is one constant word."""

    def __init__(self, message: str, *, cause: str = "unreadable") -> None:
        super().__init__(f"{message} ({cause})")
        self.cause = cause
