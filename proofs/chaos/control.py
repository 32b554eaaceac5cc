"""The control of the chaos: a gate as everybody else has it, whose masks stay when the detector stops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flightlink.mission import Mission
from proofs.chaos.faults import Kind
from vision.capped import CappedFrame
from vision.gate import Gate, Released
from vision.masks import Look
from vision.wire import Order

CONTROL: Final = "a gate that keeps the last masks for ever and ignores that the detector is late"
CONTROL_KINDS: Final = (Kind.DETECTOR_STOPS, Kind.DETECTOR_FAILS)


class KeepsLastMasks(Gate):
    """Does what everybody else does when the detector stops."""

    def __init__(self, mission: Mission | None) -> None:
        super().__init__(mission=mission)
        self._kept: list[Look] = []

    def released(self, frame: CappedFrame, looks: list[Look], *, late: str = "", **more: Any) -> Released:
        """Release under the last masks there were, as if they were of now."""
        self._kept = looks or self._kept
        as_of_now = [replace(look, utc_ns=frame.utc_ns) for look in self._kept]
        late = "" if late == "detector_late" else late
        return super().released(frame, as_of_now, late=late, **more)


def keeps_last_masks(order: Order) -> Gate:
    """Return the control's gate."""
    return KeepsLastMasks(order.mission)
