"""The poses that a station sends its worker in a chaos run: true, missing, late, or wrong without a word. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from flightlink.pose import CameraPose
from proofs.chaos.arrivals import clock_less_true_s, utc_ns_at
from proofs.chaos.faults import Fault, Faults, Kind
from proofs.chaos.planted import Scene, displaced, pose_of
from vision.wire import pose_line

POSE_EVERY_S: Final = 0.05
POSE_LATE_S: Final = 0.1
RESETTLES_S: Final = 1.0
"""A station whose clock was set sends no poses for so long: it measures its vehicle's clock anew."""
HOUR_NS: Final = 3_600_000_000_000
APART_M: Final = 40.0
"""Between two vehicles under one number, at most."""
SWAPS_EVERY: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of telemetry on its way to the worker."""

    line: bytes
    true_s: float | None
    """The instant whose pose it truly is; None for one that is wrong."""


def telemetry(scene: Scene, faults: Faults, t_s: float) -> Iterator[Told]:
    """Yield what the station sends its worker at an instant, once every `POSE_EVERY_S`."""
    silent = faults.one(t_s, Kind.TELEMETRY_STOPS, Kind.VIEWER_SLOW, Kind.TELEMETRY_HELD)
    set_lately = clock_less_true_s(faults, t_s) != clock_less_true_s(faults, t_s - RESETTLES_S)
    if silent or set_lately:
        return
    swaps = faults.one(t_s, Kind.TELEMETRY_SWAPS)
    if swaps is not None:
        yield from _swapped(scene, faults, t_s)
        return
    for sent_s in _freed_s(faults, t_s):
        yield _told(scene, faults, sent_s)
    yield _told(scene, faults, t_s)


def _freed_s(faults: Faults, t_s: float) -> list[float]:
    """Return when the lines were due that were held until now."""
    freed = [one for one in faults.listed if one.kind is Kind.TELEMETRY_HELD and 0 <= t_s - one.until_s < POSE_EVERY_S]
    return [fault.from_s + step * POSE_EVERY_S for fault in freed for step in range(_steps(fault))]


def _steps(fault: Fault) -> int:
    return int((fault.until_s - fault.from_s) / POSE_EVERY_S)


def _swapped(scene: Scene, faults: Faults, t_s: float) -> Iterator[Told]:
    """Yield a line and the one before it, in the wrong order, every second time."""
    if round(t_s / POSE_EVERY_S) % SWAPS_EVERY == 0:
        yield _told(scene, faults, t_s)
        yield _told(scene, faults, t_s - POSE_EVERY_S)


def _told(scene: Scene, faults: Faults, t_s: float) -> Told:
    repeats = faults.one(t_s, Kind.TELEMETRY_REPEATS)
    true_s = (repeats.from_s if repeats else t_s) - POSE_LATE_S
    pose = pose_of(scene, true_s, utc_ns=utc_ns_at(faults, t_s) - round((t_s - true_s) * 1e9))
    for fault in faults.listed:
        if fault.kind in _UNTRUE and fault.at(t_s):
            return Told(line=_line(_UNTRUE[fault.kind](pose), fault.kind), true_s=None)
        if fault.at(t_s):
            pose = _lied(pose, fault, t_s)
    return Told(line=pose_line(pose), true_s=true_s)


_UNTRUE: Final = {
    Kind.TELEMETRY_NAN: lambda pose: pose,
    Kind.TELEMETRY_FUTURE: lambda pose: replace(pose, utc_ns=pose.utc_ns + HOUR_NS),
    Kind.TELEMETRY_OLD: lambda pose: replace(pose, utc_ns=pose.utc_ns - HOUR_NS),
    Kind.TELEMETRY_NOWHERE: lambda pose: replace(pose, lat_deg=0.0, lon_deg=0.0),
}
"""Poses with which nothing may be seen."""


def _line(pose: CameraPose, kind: Kind) -> bytes:
    return _with_nan(pose_line(pose)) if kind is Kind.TELEMETRY_NAN else pose_line(pose)


def _lied(pose: CameraPose, fault: Fault, t_s: float) -> CameraPose:
    """Return a pose as a vehicle tells it that is wrong and does not know."""
    number = round(t_s / POSE_EVERY_S)
    match fault.kind:
        case Kind.TELEMETRY_JUMPS:
            return displaced(pose, east_m=2 + 28 * fault.size)
        case Kind.TELEMETRY_TWIN if number % 2:
            return displaced(pose, east_m=2 + (APART_M - 2) * fault.size)
        case Kind.TELEMETRY_REVERSED:
            return replace(pose, yaw_deg=pose.yaw_deg + 180)
        case Kind.TELEMETRY_ASIDE:
            return replace(pose, yaw_deg=pose.yaw_deg + 30 + 120 * fault.size)
        case Kind.TELEMETRY_STUCK:
            return replace(pose, yaw_deg=pose.yaw_deg + 40 * fault.size * (t_s - fault.from_s))
        case Kind.TELEMETRY_HIGH:
            return replace(pose, alt_m=pose.ground_alt_m + 2 * pose.alt_agl_m)
        case Kind.TELEMETRY_WIDE:
            return _with_focal(pose, 1 / (1.5 + 2.5 * fault.size))
        case _:
            return pose


def _with_focal(pose: CameraPose, factor: float) -> CameraPose:
    k = pose.intrinsics
    return replace(pose, intrinsics=replace(k, fx_px=k.fx_px * factor, fy_px=k.fy_px * factor))


def _with_nan(line: bytes) -> bytes:
    part = json.loads(line)
    part["pose"]["alt_m"] = float("nan")
    return json.dumps(part).encode() + b"\n"
