"""The errors of real autopilots; each message is one line: what was wrong, where, and how to mend it."""

from flightlink.errors import FlightlinkError
from sitl.world.errors import NotSeenError, SitlError


class CannotStartError(FlightlinkError, ValueError):
    """No binary, a wrong one, or a port that somebody else has."""


class AutopilotError(SitlError):
    """A binary that died or fell silent, or a flight that did not go as its script says."""


class TruthHoleError(AutopilotError, NotSeenError):
    """The simulator's truth has a hole at an instant: its machine was too busy for a moment."""
