"""What comes in from outside in a chaos run: frames and the machine's clock, with what goes wrong. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from proofs.chaos.faults import Fault, Faults, Kind
from proofs.chaos.planted import HEIGHT_PX, WIDTH_PX, Picture, Scene, picture_at, sized

FPS: Final = 10.0
LATENCY_S: Final = 0.15
EPOCH_NS: Final = 1_800_000_000_000_000_000
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
