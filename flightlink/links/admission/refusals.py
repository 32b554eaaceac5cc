"""The words under which the station counts what it turns away; there are no others."""

from __future__ import annotations

from enum import StrEnum, auto


class Refused(StrEnum):
    """Why a datagram, a connection or a frame does not count."""

    NOT_ALLOWED = auto()
    """From an address that the link does not listen to."""
    NOT_VOUCHED = auto()
    """From an address that no good signature ever came from, on a link where signatures decide."""
    NO_ROOM = auto()
    """A connection too many."""
    UNSIGNED = auto()
    WRONG_SIGNATURE = auto()
    SIGNED_IN_THE_FUTURE = auto()
    """More than a minute ahead of the station's clock."""
    SIGNED_LONG_AGO = auto()
    """The first of its stream, more than a minute old."""
    REPLAYED = auto()
    """Not newer than what its stream has brought before."""
    TOO_MANY_SIGNERS = auto()
    STAMPS_NOT_KEPT = auto()
    """Its time stamp could not be saved, so it could be replayed after a restart."""
    UNCLAIMED = auto()
    """Of no known vehicle: of other stations, or of vehicles whose autopilot was not heard yet."""
    SYSTEM_ID_NOT_NAMED = auto()
    TOO_MANY_VEHICLES = auto()
    NOT_ITS_PEER = auto()
    """Under the system id of a vehicle that is reached another way."""
    TWO_VEHICLES_ONE_SYSTEM_ID = auto()
    """Of another autopilot under the system id of a known vehicle."""
    UNDECODABLE = auto()
    """Good checksum, but a payload that its message id does not have."""
