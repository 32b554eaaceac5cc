"""The errors of this room; each message is one line: what was wrong, where, and how to mend it."""

from flightlink.errors import FlightlinkError


class SitlError(Exception):
    """Any error of the simulated world that is no fault of its input."""


class WorldError(FlightlinkError, ValueError):
    """A world file, or a picture that it names, cannot be used."""
