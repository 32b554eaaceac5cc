"""What the types refuse at run time, and, said as plainly, what Python lets through (docs/decisions/0041)."""

from __future__ import annotations

import copy
import dataclasses
import pickle  # noqa: TID251 - to see it refused
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from flightlink.pose import PoseRefusal
from maps.cells import CellId, CellState, DensityMap, MapMaker, PublishedCell
from vision.capped import CappedFrame
from vision.frames import FrameMaker, Media, RedactedFrame
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame

RAW = RawFrame(np.zeros((4, 6), np.uint8), index=0, utc_ns=0)
CAPPED = Cap(without_pose=True).capped(RAW, PoseRefusal(cause="no_pose", detail=""))
FRAME: dict[str, Any] = {
    "source": "n", "sequence": 0, "utc_ns": 0, "media": Media.JPEG, "keyframe": True, "width_px": 1, "height_px": 1,
    "closed_because": "", "data": b"",
}  # fmt: skip
CELL: dict[str, Any] = {
    "cell": CellId(5, 0, 0), "state": CellState.OBSERVED, "people": 5.0, "people_sigma": 1.0, "density_per_m2": 0.2,
    "observed_share": 1.0, "age_s": 0.0, "ce90_m": 1.0,
}  # fmt: skip
MAP: dict[str, Any] = {
    "utc_ns": 0, "epsg": 2154, "cells": (), "people": 0.0, "people_sigma": 0.0, "observed_share": 0.0,
}  # fmt: skip
REDACTED: Any = RedactedFrame(**FRAME, made_by=FrameMaker.GATE)
MINE: Any = "gate"
PUBLISHED: Any = PublishedCell(**CELL, made_by=MapMaker.GATE)
SHOWN: Any = DensityMap(**MAP, made_by=MapMaker.GATE)

REFUSED: dict[str, Callable[[], Any]] = {
    "a redacted frame without its maker": lambda: RedactedFrame(**FRAME),
    "a redacted frame of a maker of one's own": lambda: RedactedFrame(**FRAME, made_by=MINE),
    "another picture in a redacted frame": lambda: dataclasses.replace(REDACTED, data=b"raw"),
    "another label on a redacted frame": lambda: dataclasses.replace(REDACTED, source="south"),
    "setting the picture": lambda: setattr(REDACTED, "data", b"raw"),
    "a kind of redacted frame": lambda: type("Mine", (RedactedFrame,), {}),
    "a published cell without its maker": lambda: PublishedCell(**CELL),
    "another figure in a published cell": lambda: dataclasses.replace(PUBLISHED, people=1.0),
    "setting the figure": lambda: setattr(PUBLISHED, "people", 1.0),
    "a map without its maker": lambda: DensityMap(**MAP),
    "a map of other cells": lambda: dataclasses.replace(SHOWN, people=3.0),
    "a raw frame as an array": lambda: np.asarray(RAW),
    "a raw frame pickled": lambda: pickle.dumps(RAW),
    "a raw frame copied": lambda: copy.copy(RAW),
    "a raw frame copied deeply": lambda: copy.deepcopy(RAW),
    "a raw frame's bytes": lambda: memoryview(RAW),  # type: ignore[arg-type]
    "a raw frame's pixels by name": lambda: RAW.pixels,  # type: ignore[attr-defined]
    "a raw frame's other attributes": lambda: setattr(RAW, "note", 1),
    "a capped frame as an array": lambda: np.asarray(CAPPED),
    "a capped frame pickled": lambda: pickle.dumps(CAPPED),
    "a capped frame copied": lambda: copy.copy(CAPPED),
    "a capped frame's bytes": lambda: memoryview(CAPPED),  # type: ignore[arg-type]
    "setting a capped frame's pixels": lambda: setattr(CAPPED, "pixels", RAW),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused(what: str) -> None:
    with pytest.raises((TypeError, ValueError, AttributeError, dataclasses.FrozenInstanceError)):
        REFUSED[what]()


@pytest.mark.parametrize("value", [RAW, CAPPED, REDACTED])
def test_no_picture_is_in_what_a_log_would_write(value: RawFrame | CappedFrame | RedactedFrame) -> None:
    text = repr(value) + str(value) + f"{value}"
    assert "array" not in text
    assert "b'" not in text


# By design of Python none of these can be refused from within; no accident looks like one, and the readers of the
# source (tests/architecture/test_makers.py) and the linter see each.
LET_THROUGH: dict[str, Callable[[], Any]] = {
    "around the constructor": lambda: object.__new__(RedactedFrame),
    "past the freeze": lambda: object.__setattr__(copy.copy(REDACTED), "data", b"raw"),
    "the maker's name taken": lambda: RedactedFrame(**FRAME, made_by=FrameMaker.WIRE),
    "the mangled name": lambda: RAW._RawFrame__pixels,  # type: ignore[attr-defined]
    "the cap's own door": RAW.opened_by_the_cap,
    "the same content copied": lambda: copy.copy(REDACTED),
}


@pytest.mark.parametrize("what", LET_THROUGH)
def test_what_python_lets_through_is_said_aloud(what: str) -> None:
    LET_THROUGH[what]()
