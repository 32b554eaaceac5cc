"""`Components`: which parts of one vehicle are there (autopilot, cameras, gimbals, ...), by their heartbeats."""

from __future__ import annotations

from typing import Final

from flightlink.mavlink.messages import AUTOPILOT_INVALID, Message
from flightlink.vehicle.state import ComponentState, link_state_from_age, silence_s

_CAMERA: Final = 30
_GIMBAL: Final = 26
_CAMERAS: Final = range(100, 106)
_GIMBALS: Final = (154, *range(171, 176))
_MOST: Final = 32


class Components:
    """Heartbeats of one vehicle by component id; bounded."""

    def __init__(self) -> None:
        self._heard: dict[int, tuple[str, int]] = {}
        """Component id -> kind, when its last heartbeat came."""

    def take(self, message: Message, component_id: int, received_utc_ns: int) -> None:
        """Take one HEARTBEAT."""
        if component_id in self._heard or len(self._heard) < _MOST:
            self._heard[component_id] = (_kind(message, component_id), received_utc_ns)

    def of_kind(self, kind: str) -> list[int]:
        """Return the component ids of one kind, in order."""
        return sorted(component_id for component_id, (found, _) in self._heard.items() if found == kind)

    def states(self, now_utc_ns: int) -> tuple[ComponentState, ...]:
        """Return each component's state by the age of its heartbeat."""
        return tuple(
            _state(component_id, kind, silence_s(heard_ns, now_utc_ns))
            for component_id, (kind, heard_ns) in sorted(self._heard.items())
        )


def _state(component_id: int, kind: str, age_s: float) -> ComponentState:
    return ComponentState(component_id=component_id, kind=kind, link=link_state_from_age(age_s), age_s=age_s)


def _kind(message: Message, component_id: int) -> str:
    if message.autopilot != AUTOPILOT_INVALID:
        return "autopilot"
    if message.type == _CAMERA or component_id in _CAMERAS:
        return "camera"
    return "gimbal" if message.type == _GIMBAL or component_id in _GIMBALS else "other"
