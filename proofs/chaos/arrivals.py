"""What comes in from outside in a chaos run: frames, poses and the machine's clock, with what goes wrong. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from proofs.chaos.faults import Fault, Faults, Kind
from proofs.chaos.planted import HEIGHT_PX, WIDTH_PX, Picture, Scene, displaced, picture_at, pose_of, sized
from vision.wire import pose_line

FPS: Final = 10.0
LATENCY_S: Final = 0.15
EPOCH_NS: Final = 1_800_000_000_000_000_000
POSE_EVERY_S: Final = 0.05
POSE_LATE_S: Final = 0.1
RESETTLES_S: Final = 1.0
"""A station whose clock was set sends no poses for so long: it measures its vehicle's clock anew."""
HOUR_NS: Final = 3_600_000_000_000
STEPS_S: Final = {Kind.CLOCK_BACK: (-3600.0, -0.2), Kind.CLOCK_FORTH: (0.2, 3600.0), Kind.CLOCK_NUDGED: (-0.9, 0.9)}


class DecoderBrokenError(Exception):
    """The decoder of a chaos run has met its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One decoded picture on its way in."""

    arrives_s: float
    taken_s: float
    """When it was taken: what is in it."""
    fault: Fault | None
    """What goes wrong with it."""


def arrivals(faults: Faults, rng: np.random.Generator, *, until_s: float) -> list[Arrival]:
    """Return all pictures in the order in which they come."""
    coming = []
    held_until_s = 0.0
    for number in range(round(until_s * FPS)):
        taken_s = number / FPS
        if faults.one(taken_s, Kind.DECODER_STOPS):
            continue
        late = faults.one(taken_s, Kind.DECODER_LATE)
        held_until_s = max(held_until_s, taken_s + float(rng.uniform(0.2, 0.8))) if late else held_until_s
        fault = faults.one(taken_s, Kind.DECODER_RESIZES, Kind.DECODER_DAMAGES, Kind.DECODER_RAISES)
        one = Arrival(arrives_s=max(taken_s + LATENCY_S, held_until_s), taken_s=taken_s, fault=fault)
        coming += _as_they_come(one, faults, number)
    return sorted(coming, key=lambda arrival: arrival.arrives_s)


def _as_they_come(one: Arrival, faults: Faults, number: int) -> list[Arrival]:
    if faults.one(one.taken_s, Kind.DECODER_DOUBLES):
        return [one, replace(one, arrives_s=one.arrives_s + 0.03)]
    if faults.one(one.taken_s, Kind.DECODER_SWAPS) and number % 2:
        return [replace(one, arrives_s=one.arrives_s + 1.3 / FPS)]
    return [one]


def picture_of(arrival: Arrival, scene: Scene, rng: np.random.Generator) -> Picture:
    """Return the picture as it comes out of the decoder.

    Raises:
        DecoderBrokenError: nothing comes out.
    """
    fault = arrival.fault
    if fault is not None and fault.kind is Kind.DECODER_RAISES:
        raise DecoderBrokenError
    picture = picture_at(scene, arrival.taken_s)
    if fault is None:
        return picture
    if fault.kind is Kind.DECODER_RESIZES:
        share = 0.5 + fault.size
        return sized(picture, width_px=round(WIDTH_PX * share), height_px=round(HEIGHT_PX * share))
    return _damaged(picture, rng)


def _damaged(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return noise, a sliver, a single pixel, a wide strip, or the picture with its right half cut off."""
    ways = (
        rng.integers(0, 256, picture.shape, np.uint8),
        picture[:, :1],
        picture[:1, :1],
        np.tile(picture[:2], (1, 8)),
        np.ascontiguousarray(picture[:, : WIDTH_PX // 2]),
    )
    return ways[int(rng.integers(len(ways)))]


def clock_less_true_s(faults: Faults, t_s: float) -> float:
    """Return by how much the machine's UTC is wrong: each set clock stays set."""
    return sum(_step_s(fault) for fault in faults.listed if fault.kind in STEPS_S and t_s >= fault.from_s)


def _step_s(fault: Fault) -> float:
    least_s, most_s = STEPS_S[fault.kind]
    if fault.kind is Kind.CLOCK_NUDGED:
        return least_s + (most_s - least_s) * fault.size
    return float(np.sign(most_s + least_s) * 0.2 * 18000**fault.size)


def utc_ns_at(faults: Faults, t_s: float) -> int:
    """Return the machine's UTC."""
    return EPOCH_NS + round((t_s + clock_less_true_s(faults, t_s)) * 1e9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of telemetry on its way to the worker."""

    line: bytes
    true_s: float | None
    """The instant whose pose it truly is; None for one that is wrong."""


def telemetry(scene: Scene, faults: Faults, t_s: float) -> Iterator[Told]:
    """Yield what the station sends its worker at an instant, once every `POSE_EVERY_S`."""
    silent = faults.one(t_s, Kind.TELEMETRY_STOPS, Kind.VIEWER_SLOW)
    set_lately = clock_less_true_s(faults, t_s) != clock_less_true_s(faults, t_s - RESETTLES_S)
    if silent or set_lately:
        return
    repeats = faults.one(t_s, Kind.TELEMETRY_REPEATS)
    true_s = (repeats.from_s if repeats else t_s) - POSE_LATE_S
    pose = pose_of(scene, true_s, utc_ns=utc_ns_at(faults, t_s) - round((t_s - true_s) * 1e9))
    wrong = faults.one(t_s, Kind.TELEMETRY_JUMPS, Kind.TELEMETRY_FUTURE, Kind.TELEMETRY_OLD, Kind.TELEMETRY_NAN)
    match wrong and wrong.kind:
        case None:
            yield Told(line=pose_line(pose), true_s=true_s)
        case Kind.TELEMETRY_JUMPS:
            yield Told(line=pose_line(displaced(pose, east_m=2 + 28 * (wrong.size if wrong else 0))), true_s=true_s)
        case Kind.TELEMETRY_NAN:
            yield Told(line=_with_nan(pose_line(pose)), true_s=None)
        case Kind.TELEMETRY_FUTURE:
            yield Told(line=pose_line(replace(pose, utc_ns=pose.utc_ns + HOUR_NS)), true_s=None)
        case _:
            yield Told(line=pose_line(replace(pose, utc_ns=pose.utc_ns - HOUR_NS)), true_s=None)


def _with_nan(line: bytes) -> bytes:
    part = json.loads(line)
    part["pose"]["alt_m"] = float("nan")
    return json.dumps(part).encode() + b"\n"
