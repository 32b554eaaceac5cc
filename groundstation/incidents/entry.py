"""One line of the incident log. A plain value, checked when it is read back."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

OfficersKind = Literal["note", "incident", "decision", "action", "message", "correction"]
StationKind = Literal[
    "station_started", "mission_state", "alert_raised", "alert_risen", "alert_ended", "alert_acknowledged",
    "zone_added", "zone_changed", "zone_removed", "gate_closed", "gate_opened",
    "vehicle_heard", "vehicle_lost", "vehicle_back", "left_out", "nearly_full", "cut_off",
]  # fmt: skip
Kind = OfficersKind | Literal["handover_offered", "handover_taken"] | StationKind
OFFICERS_KINDS: Final = ("note", "incident", "decision", "action", "message", "correction")


class Part(BaseModel):
    """Frozen, finite and without fields that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Facts(Part):
    """What a change was, in plain values that a page says in its reader's language; None is not of this kind."""

    name: str | None = None
    """Of the camera, the vehicle or the zone; the purpose of the mission."""
    alert_kind: str | None = None
    level: str | None = None
    cause: str | None = None
    """Why a gate is closed."""
    state: str | None = None
    """Of the mission."""
    density_per_m2: float | None = None
    """As the alert tells it: a lower bound."""
    capacity: int | None = None
    by: str | None = None
    reason: str | None = None
    lasted_s: int | None = None
    count: int | None = None
    """Of what was left out: changes, or bytes."""
    kind: str | None = None
    """Of the changes that were left out."""


class AlertSeen(Part):
    """An alert that held when a shift was handed over."""

    alert_kind: str
    level: str
    name: str | None = None
    lon_lat: tuple[float, float]
    since_utc: str
    acknowledged_by: str | None = None
    is_acknowledged: bool


class ZoneSeen(Part):
    """A zone near its capacity, or one of which nobody can tell."""

    name: str
    level: str
    capacity: int
    people: float | None = None
    people_sigma: float | None = None
    lower_bound: bool
    observed_share: float


class VehicleSeen(Part):
    """A vehicle and how it is reached."""

    name: str
    link: str
    battery_percent: float | None = None


class GateSeen(Part):
    """A camera whose gate was closed, why and since when."""

    name: str
    cause: str
    since_utc: str | None = None


class Summary(Part):
    """The station as a shift is handed over, put together by itself."""

    utc: str
    map_utc: str | None = None
    """Of the total; None before the first map."""
    people: float | None = None
    people_sigma: float | None = None
    observed_share: float | None = None
    suppressed_at_least: int | None = None
    suppressed_at_most: int | None = None
    alerts: tuple[AlertSeen, ...]
    zones: tuple[ZoneSeen, ...]
    zones_watched: int
    """All zones that are drawn."""
    vehicles: tuple[VehicleSeen, ...]
    gates: tuple[GateSeen, ...]
    """Those that are closed."""
    cameras: int
    """All of them."""
    since_utc: str | None = None
    """Of the last handover; None before the first."""
    officers_entries: int
    """Since then."""
    station_entries: int
    left_out: int
    """Alerts, zones, vehicles and gates beyond what a summary lists."""


class Draft(Part):
    """An entry before it has its number."""

    utc: str
    kind: Kind
    author: str | None = None
    """Who wrote it, by his own word; None is the station."""
    text: str
    lon_lat: tuple[float, float] | None = None
    zone: str | None = None
    zone_name: str | None = None
    alert: str | None = None
    refers_to: int | None = None
    facts: Facts | None = None
    summary: Summary | None = None
    key: str | None = None
    """Of the page's request: sent twice it is written once."""


class Entry(Draft):
    """A line of the log."""

    number: int = Field(ge=1)
    """From 1, without a gap."""
    exercise: bool

    @property
    def is_officers(self) -> bool:
        """Whether an officer wrote it."""
        return self.author is not None
