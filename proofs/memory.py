"""Guarantee 5: no memory of anyone. Two people change places and nothing tells; an hour of crowds leaves nothing.

The maps of the last hours (`groundstation.history`) are kept on purpose: published cells only, bounded in bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args
from unittest import mock

import cv2
import numpy as np
from numpy.typing import NDArray

from proofs.alike import HEIGHT_PX, WIDTH_PX, sent_of_clip
from proofs.growth import SimulatedHour, Weighed
from proofs.row import Figure, Finding, Proven, Trial
from proofs.schema import leaves_of_documents, leaves_of_type
from vision.boxes import Boxes
from vision.wire import Message

GROUNDS: Final = 10
QUICK_GROUNDS: Final = 4
FEW, MANY = 10, 1000
EVERY_S: Final = 30.0
QUICK_EVERY_S: Final = 150.0
MOST_GROWTH: Final = 0.1
"""From ten minutes to an hour: bounded windows fill up to their bounds, and no further."""
MOST_LEFT: Final = 0.01
"""By so much the objects left by a thousand people may differ from those left by ten, once nobody is there."""
OF_SOMEBODY: Final = re.compile(r"person|track|ident|face|uuid|passport|who$|(^|_)ids?$", re.IGNORECASE)
NO_PERSON: Final = frozenset({"system_id", "alerts[].id"})
"""A vehicle's number, and a name of an event made of a cell and the time it began."""
OF_CELLS: Final = frozenset({"features", "alerts", "patches"})
"""Lists of cells; no other list may be longer where more people are."""
CONTROL: Final = "a Gaussian blur in place of the fill, and a tracker's list of the places of each person"

Bytes = NDArray[np.uint8]


class Tracker:
    """The control: remembers where each person was, as every tracker does."""

    def __init__(self) -> None:
        self.place_of: dict[int, tuple[float, ...]] = {}

    def take(self, people: Boxes, utc_ns: int) -> None:
        """Remember everybody."""
        first = len(self.place_of)
        for number, box in enumerate(people.xyxy.tolist()):
            self.place_of[first + number] = (*box, float(utc_ns))


def proved(trial: Trial) -> Proven:
    """Try it on the product, and on a blur and a tracker."""
    grounds = QUICK_GROUNDS if trial.quick else GROUNDS
    every_s = QUICK_EVERY_S if trial.quick else EVERY_S
    trial.told("memory: two people change places")
    told = swaps_that_tell(grounds, seed=trial.seed)
    trial.told(f"memory: an hour of {FEW} people, and one of {MANY}")
    few, many = (SimulatedHour(people, every_s=every_s, seed=trial.seed).weighed() for people in (FEW, MANY))
    keys = [*keys_of_somebody(), *lists_of_people(trial.seed)]
    return Proven(finding=finding_of(told, grounds, few, many, keys), control=CONTROL, control_finding=_control(trial))


def swaps_that_tell(grounds: int, *, seed: int) -> int:
    """Return how many messages tell that two people changed places, or in which order the detector named them."""
    rng = np.random.default_rng(seed)
    differ = 0
    for _ in range(grounds):
        ground = rng.integers(90, 150, (HEIGHT_PX, WIDTH_PX), np.uint8)
        as_they_were = sent_of_clip(ground, swapped=False)
        differ += as_they_were.differs_from(sent_of_clip(ground, swapped=True))
        differ += as_they_were.differs_from(sent_of_clip(ground, swapped=False, turned=True))
    return differ


def keys_of_somebody() -> list[str]:
    """Return the fields of the wire that could name a person."""
    paths = [path for kind in get_args(Message) for path, _ in leaves_of_type(kind)]
    return [path for path in paths if names_somebody(path)]


def names_somebody(path: str) -> bool:
    """Say whether a field could name a person."""
    own = path.replace("[]", "").rsplit(".", maxsplit=1)[-1]
    return own not in NO_PERSON and path not in NO_PERSON and OF_SOMEBODY.search(own) is not None


def lists_of_people(seed: int) -> list[str]:
    """Return what the web serves of 500 people and not of 5: keys, and lengths of lists that are not of cells."""
    five, crowd = (SimulatedHour(people, every_s=1, seed=seed).documents(lasts_s=12) for people in (5, 500))
    named = [path for path in leaves_of_documents([*five.values(), *crowd.values()]) if names_somebody(path)]
    shapes = [dict(_shape(documents, "")) for documents in (five, crowd)]
    return named + [path for path in {*shapes[0], *shapes[1]} if shapes[0].get(path) != shapes[1].get(path)]


def _shape(value: Any, path: str) -> Iterator[tuple[str, int]]:
    """Yield each key with 1, and each list with its length; what is in a list of cells is not looked at."""
    match value:
        case dict():
            for key, part in value.items():
                yield f"{path}.{key}", 1
                if key not in OF_CELLS and key != "withheld_because":
                    yield from _shape(part, f"{path}.{key}")
        case list() | tuple():
            yield f"{path}[]", len(value)


def finding_of(told: int, grounds: int, few: Weighed, many: Weighed, keys: list[str]) -> Finding:
    """Return what all of it says together."""
    left = abs(many.left_objects - few.left_objects) / few.left_objects
    growth = max(few.growth, many.growth)
    figures: Mapping[str, Figure] = {
        "clips": 3 * grounds,
        "messages_that_tell": told,
        "growth_share": round(growth, 4),
        "bytes_after_10_min": many.early_bytes,
        "bytes_after_60_min": many.late_bytes,
        "left_objects_few": few.left_objects,
        "left_objects_many": many.left_objects,
        "keys_of_a_person": len(keys),
    }
    said = (
        f"{told} messages tell that two people changed places ({grounds} clips, byte by byte); state grows by "
        f"{growth:.1%} from 10 to 60 minutes; {many.people} people leave {left:.2%} more or fewer objects than "
        f"{few.people}; {len(keys)} keys that name or number a person"
    )
    return Finding(
        holds=told == 0 and growth <= MOST_GROWTH and left <= MOST_LEFT and not keys,
        evidence=said + (f" ({', '.join(sorted(keys)[:5])})" if keys else ""),
        figures=figures,
    )


def _control(trial: Trial) -> Finding:
    """Both halves of the control have to be caught, each by its own figure."""
    with mock.patch("vision.gate.filled", _blurred):
        told = swaps_that_tell(1, seed=trial.seed)
    tracked = SimulatedHour(FEW * 10, every_s=QUICK_EVERY_S, seed=trial.seed, also=Tracker().take).weighed()
    caught = told > 0 and tracked.growth > MOST_GROWTH
    return Finding(
        holds=not caught,
        evidence=f"the blur: {told} messages tell; the tracker: state grows by {tracked.growth:.0%}",
        figures={"messages_that_tell": told, "growth_share": round(tracked.growth, 4)},
    )


def _blurred(picture: Bytes, mask: Bytes) -> Bytes:
    smooth = np.asarray(cv2.GaussianBlur(picture, (35, 35), 0), np.uint8)
    return np.asarray(cv2.copyTo(smooth, mask, picture.copy()), np.uint8)
