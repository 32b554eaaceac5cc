"""`LossBook`: loss of one vehicle, per link and over all of its links together. Pure.

Two links may carry the same frames (a router copies them) or frames of their own (an autopilot numbers each of its
ports by itself). Only copies can fill each other's gaps: then the vehicle's loss is that of all links together. Else it
is that of its best link.
"""

from __future__ import annotations

from typing import Final

from flightlink.vehicle.loss import LossMeter

_COPIES_HOLD_NS: Final = 10_000_000_000
_RECENT: Final = 240
"""Frames, of all links, within which one number with the same bytes is one frame; numbers come round after 256."""
_LATE_OVER_LINKS: Final = 96
_MOST_METERS: Final = 128
"""(Link, component) pairs that are counted; a vehicle has a handful."""


class _Copies:
    """Recognises frames of one component that came over another link before, and counts them once."""

    def __init__(self) -> None:
        self.meter = LossMeter(_LATE_OVER_LINKS)
        self.doubled_utc_ns: int | None = None
        """When the last copy came."""
        self._frames = 0
        self._seen: dict[int, tuple[bytes, str, int]] = {}
        """Number -> frame, link, how many frames had come before."""

    def is_new(self, way: str, sequence: int, raw: bytes, received_utc_ns: int) -> bool:
        """Return whether a frame is no copy of one that came over another link."""
        self._frames += 1
        known = self._seen.get(sequence)
        if known is not None and known[0] == raw and known[1] != way and self._frames - known[2] < _RECENT:
            if self.doubled_utc_ns is None or received_utc_ns - self.doubled_utc_ns > _COPIES_HOLD_NS:
                self.meter.restart()
            self.doubled_utc_ns = received_utc_ns
            return False
        self._seen[sequence] = (raw, way, self._frames)
        self.meter.count(sequence, received_utc_ns)
        return True

    def are_there(self, now_utc_ns: int) -> bool:
        """Return whether the links carry the same frames now."""
        return self.doubled_utc_ns is not None and now_utc_ns - self.doubled_utc_ns <= _COPIES_HOLD_NS


class LossBook:
    """Meters of one vehicle: one for each of its links and components."""

    def __init__(self) -> None:
        self._meters: dict[tuple[str, int], LossMeter] = {}
        self._ways: set[str] = set()
        self._copies: dict[int, _Copies] = {}

    def meter(self, way: str, component_id: int) -> LossMeter:
        """Return what counts a component's frames over a link; it stays the same as long as the link is known."""
        return self._meters.get((way, component_id)) or self._new_meter(way, component_id)

    def count(self, way: str, component_id: int, sequence: int, raw: bytes, received_utc_ns: int) -> bool:
        """Take the number of a frame that came over a link; return whether it is no copy of one from another link."""
        self.meter(way, component_id).count(sequence, received_utc_ns)
        return len(self._ways) < 2 or self.is_new(way, component_id, sequence, raw, received_utc_ns)

    def is_new(self, way: str, component_id: int, sequence: int, raw: bytes, received_utc_ns: int) -> bool:
        """Return whether a frame is no copy of one that came over another link; for vehicles with several."""
        copies = self._copies.get(component_id)
        if copies is None:
            copies = self._copies[component_id] = _Copies()
        return copies.is_new(way, sequence, raw, received_utc_ns)

    def _new_meter(self, way: str, component_id: int) -> LossMeter:
        meter = LossMeter()
        if len(self._meters) < _MOST_METERS:
            self._meters[way, component_id] = meter
            self._ways.add(way)
        return meter

    def forget(self, way: str) -> None:
        """Drop a link that no longer leads to the vehicle."""
        self._ways.discard(way)
        self._meters = {key: meter for key, meter in self._meters.items() if key[0] != way}

    def restart(self, component_id: int) -> None:
        """Forget the numbers of a component that rebooted, on every link."""
        for (_, component), meter in self._meters.items():
            if component == component_id:
                meter.restart()
        self._copies.pop(component_id, None)

    def share_of(self, way: str, component_id: int, now_utc_ns: int) -> float | None:
        """Return the loss of a component over one link, None when nothing came in the window."""
        meter = self._meters.get((way, component_id))
        return None if meter is None else meter.loss_share(now_utc_ns)

    def share(self, component_id: int, now_utc_ns: int) -> float | None:
        """Return what of a component's frames came over no link at all, None when nothing came in the window."""
        copies = self._copies.get(component_id)
        if copies is not None and copies.are_there(now_utc_ns):
            return copies.meter.loss_share(now_utc_ns)
        meters = [meter for (_, component), meter in self._meters.items() if component == component_id]
        present = [meter for meter in meters if meter.is_heard(now_utc_ns)] or meters
        shares = [meter.loss_share(now_utc_ns) for meter in present]
        return min((share for share in shares if share is not None), default=None)

    def frames_per_s(self, component_id: int, now_utc_ns: int) -> float:
        """Return the rate of the link that brings most of a component."""
        meters = [meter for (_, component), meter in self._meters.items() if component == component_id]
        return max((meter.frames_per_s(now_utc_ns) for meter in meters), default=0.0)
