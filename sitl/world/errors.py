"""The errors of this room; each message is one line: what was wrong, where, and how to mend it."""

from flightlink.errors import FlightlinkError


class SitlError(Exception):
    """Any error of the simulated world that is no fault of its input."""


class NotSeenError(SitlError):
    """What is true at one instant is not known; at another one it is."""


class WorldError(FlightlinkError, ValueError):
    """A world file, or a picture that it names, cannot be used."""
