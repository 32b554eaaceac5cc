"""What the station knows of its cameras, and the health document made of it. Values in, JSON-able values out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from flightlink.mission import Mission
from groundstation.instants import text_from_utc_ns
from groundstation.supervision import Change, WorkerState
from vision.wire import Message, Opened, WorkerHealth

GATE_OPEN: Final = "open"


class MissionState(StrEnum):
    """Where now lies in the mission's time window."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    ENDED = "ended"


def mission_state(mission: Mission, utc_ns: int) -> MissionState:
    """Return where an instant lies in the mission's time window."""
    match mission.refusal_at(utc_ns):
        case None:
            return MissionState.RUNNING
        case "mission_not_started":
            return MissionState.NOT_STARTED
        case _:
            return MissionState.ENDED


def area_polygon(mission: Mission) -> dict[str, Any]:
    """Return the mission area as a GeoJSON Polygon."""
    ring = [list(corner) for corner in (*mission.area, mission.area[0])]
    return {"type": "Polygon", "coordinates": [ring]}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """The MAVLink connection of one vehicle."""

    state: str
    """`connected`, `stale`, `lost` or `never`."""
    age_s: float | None
    """Since the vehicle's last message; None before the first."""
    loss: float | None
    """Share of its messages that went missing."""


class CameraStatus:
    """What one camera's workers have told so far; one owner feeds it."""

    def __init__(self, *, name: str, system_id: int | None, utc_ns: int) -> None:
        self.name = name
        self.system_id = system_id
        self.state = WorkerState.STARTING
        self.restarts = 0
        self._why = ""
        self._opened: Opened | None = None
        self._health: WorkerHealth | None = None
        self._gate = ""
        self._gate_since_ns = utc_ns

    def take(self, message: Message, utc_ns: int) -> None:
        """Note what the worker says of itself; other messages change nothing."""
        match message:
            case Opened():
                self._opened = message
            case WorkerHealth():
                self._health = message
        self._note_gate(utc_ns)

    def change(self, change: Change, utc_ns: int) -> None:
        """Note a new state of the worker; what an earlier worker said is void unless it is running."""
        self.restarts += change.state is WorkerState.WAITING
        self.state, self._why = change.state, change.why or self._why
        if change.state is WorkerState.RUNNING:
            self._why = ""
        else:
            self._opened = self._health = None
        self._note_gate(utc_ns)

    @property
    def gate(self) -> str:
        """`open`, or the cause that holds the gate closed; without a running worker nothing can pass."""
        if self.state is not WorkerState.RUNNING:
            return f"worker_{self.state}"
        return "no_frame_yet" if self._health is None else self._health.gate

    def _note_gate(self, utc_ns: int) -> None:
        if self.gate != self._gate:
            self._gate, self._gate_since_ns = self.gate, utc_ns

    def document(self, *, link: LinkStatus | None, pose_refusal: str | None) -> dict[str, Any]:
        """Return the camera's part of the health document."""
        return {
            "name": self.name,
            "system_id": self.system_id,
            "link": None if link is None else asdict(link),
            "pose_refusal": pose_refusal,
            "gate": self.gate,
            "since_utc": text_from_utc_ns(self._gate_since_ns),
            "worker": {"state": self.state.value, "why": self._why},
            "restarts": self.restarts,
            **_opened_part(self._opened),
            **_health_part(self._health),
        }


def _opened_part(opened: Opened | None) -> dict[str, Any]:
    if opened is None:
        return {"sealed": False, "seal": {}, "codec": None, "width_px": None, "height_px": None}
    return {
        "sealed": opened.sealed,
        "seal": opened.seal,
        "codec": opened.codec,
        "width_px": opened.width_px,
        "height_px": opened.height_px,
    }


_HEALTH_FIELDS: Final = (
    "fps", "latency_ms", "cap_px_per_m", "masked_share", "count_rate_hz",
    "frames_in", "frames_out", "frames_withheld", "withheld_because",
)  # fmt: skip


def _health_part(health: WorkerHealth | None) -> dict[str, Any]:
    return {name: None if health is None else getattr(health, name) for name in _HEALTH_FIELDS}


def health_document(
    *,
    station: str,
    mission: Mission,
    cameras: list[dict[str, Any]],
    links: list[dict[str, Any]],
    utc_ns: int,
    map_frozen_since_ns: int | None,
) -> dict[str, Any]:
    """Return the whole health document."""
    state = mission_state(mission, utc_ns)
    return {
        "status": _status(state, [camera["gate"] for camera in cameras]),
        "utc": text_from_utc_ns(utc_ns),
        "station": station,
        "mission": {
            "purpose": mission.purpose,
            "state": state.value,
            "starts_utc": text_from_utc_ns(mission.starts_utc_ns),
            "ends_utc": text_from_utc_ns(mission.ends_utc_ns),
            "level": mission.level.value,
            "published_px_per_m": mission.published_px_per_m,
            "area": area_polygon(mission),
        },
        "map_frozen_since_utc": None if map_frozen_since_ns is None else text_from_utc_ns(map_frozen_since_ns),
        "links": links,
        "cameras": cameras,
    }


def _status(state: MissionState, gates: list[str]) -> str:
    if state is not MissionState.RUNNING:
        return state.value
    open_gates = sum(gate == GATE_OPEN for gate in gates)
    if open_gates == 0:
        return "closed"
    return "ok" if open_gates == len(gates) else "degraded"
