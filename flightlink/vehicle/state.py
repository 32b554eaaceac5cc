"""`VehicleState`: what health and the map show of one vehicle. A plain value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

STALE_AFTER_S: Final = 3.0
LOST_AFTER_S: Final = 10.0


class LinkState(StrEnum):
    """How long the vehicle has been silent."""

    OK = "ok"
    STALE = "stale"
    """3 to 10 s."""
    LOST = "lost"
    """More than 10 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentState:
    """One part of a vehicle, by its own heartbeat."""

    component_id: int
    kind: str
    """`autopilot`, `camera`, `gimbal` or `other`."""
    link: LinkState
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WayState:
    """One link over which a vehicle is reached."""

    system_id: int
    link: str
    """Address of the link in the settings."""
    peer: str
    state: LinkState
    age_s: float
    loss_share: float | None
    """Of the autopilot's messages over this link, over the last 10 s."""
    round_trip_ms: float | None
    """Of the newest TIMESYNC over this link; None before the first."""
    round_trip_age_s: float | None
    is_used: bool
    """Whether this link is the one that is asked for messages."""
    missing: tuple[str, ...]
    """Names of messages that were asked for again and again and stay away."""
    refused: tuple[str, ...]
    """Names of messages that the vehicle refused to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleState:
    """One aircraft and its fused state at one instant; None where nothing is known."""

    system_id: int
    utc_ns: int
    link: LinkState
    link_age_s: float
    """Since anything came from the autopilot."""
    lat_deg: float | None
    lon_deg: float | None
    alt_home_m: float | None
    yaw_deg: float | None
    """Where the nose points."""
    battery_percent: float | None
    mode: str | None
    armed: bool | None
    loss_share: float | None
    """Of the autopilot's messages, over all links together and the last 10 s."""
    messages_per_s: float
    uid2: str | None
    """The autopilot's own number, hexadecimal; tells two vehicles with one system id apart."""
    round_trip_ms: float | None
    """Quickest TIMESYNC round trip of the last 20 s; the pose's time is wrong by half of it at most."""
    gps_minus_station_s: float | None
    """Satellite time minus the station's clock, as the vehicle sends it: shown, never used."""
    alarms: tuple[str, ...]
    """Constant words: `two_vehicles_one_system_id`, `second_peer_refused`, `fields_of_view_disagree`, `simulated`."""
    ways: tuple[WayState, ...] = ()
    """Every link to it."""
    components: tuple[ComponentState, ...] = ()


def silence_s(heard_utc_ns: int, now_utc_ns: int) -> float:
    """Return for how long nothing came; after the clock was set back, what came before seems old, never new."""
    return abs(now_utc_ns - heard_utc_ns) / 1e9


def link_state_from_age(age_s: float) -> LinkState:
    """Return the state of a link by its silence."""
    if age_s > LOST_AFTER_S:
        return LinkState.LOST
    return LinkState.STALE if age_s > STALE_AFTER_S else LinkState.OK
