"""The reader of the worker's pipe takes what the schema declares, and nothing nested in its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maps.cells import CellCount, CellCounts, CellFlow, CellId
from vision.frames import FrameMaker, Media, RedactedFrame
from vision.wire import Done, Failed, Kind, Message, Opened, WireError, WorkerHealth, message_from_parts

HEALTH = WorkerHealth(
    utc_ns=1, frames_in=3, frames_out=2, frames_withheld=1, withheld_because={"no_pose": 1}, gate="open", fps=10.0,
    latency_ms=None, masked_share=0.125, cap_px_per_m=20, count_rate_hz=2.5,
)  # fmt: skip
CELL: dict[str, Any] = {
    "cell": [5, 1, 2], "people": 1.5, "variance": 0.1, "observed_share": 1, "ce90_m": 1.25, "saturated": False,
    "found": 1,
}  # fmt: skip
FLOW: dict[str, Any] = {"cell": [10, 1, 2], "people": 6, "east_m_s": 0.5, "north_m_s": -0.5, "variance": 0.01}
COUNTS = {"source": "n", "utc_ns": 1, "epsg": 2154, "cells": [CELL], "flows": [FLOW]}
FRAME: dict[str, Any] = {
    "source": "n", "sequence": 0, "utc_ns": 0, "media": "jpeg", "keyframe": True, "width_px": 1, "height_px": 1,
    "closed_because": "",
}  # fmt: skip
OPENED = {"width_px": 1, "height_px": 1, "fps": 1, "codec": "", "sealed": True, "seal": {"a": "b"}, "frames": None}


def told(part: Any) -> Any:
    return {name: getattr(part, name) for name in part.__slots__}


WHOLE: dict[Kind, dict[str, Any]] = {
    Kind.OPENED: OPENED,
    Kind.REDACTED: FRAME,
    Kind.CELLS: COUNTS,
    Kind.HEALTH: told(HEALTH),
    Kind.DONE: {"health": told(HEALTH), "seconds": 1.0},
    Kind.FAILED: {"cause": "models", "detail": "mend it"},
}


def read(kind: Kind, part: Any) -> Message:
    return message_from_parts(kind, json.dumps(part).encode(), b"")


def test_what_is_declared_is_taken() -> None:
    assert read(Kind.CELLS, COUNTS) == CellCounts(
        source="n",
        utc_ns=1,
        epsg=2154,
        cells=(CellCount(**{**CELL, "cell": CellId(5, 1, 2)}),),
        flows=(CellFlow(**{**FLOW, "cell": CellId(10, 1, 2)}),),
    )
    assert isinstance(read(Kind.OPENED, OPENED), Opened)
    assert read(Kind.REDACTED, FRAME) == RedactedFrame(
        **{**FRAME, "media": Media.JPEG},
        data=b"",
        made_by=FrameMaker.WIRE,
    )
    assert read(Kind.HEALTH, WHOLE[Kind.HEALTH]) == HEALTH
    assert read(Kind.DONE, WHOLE[Kind.DONE]) == Done(health=HEALTH, seconds=1.0)
    assert read(Kind.FAILED, WHOLE[Kind.FAILED]) == Failed(cause="models", detail="mend it")


@pytest.mark.parametrize("wrong", [[[2.35, 48.85]], {"x": 1}, None, "NaN"])
@pytest.mark.parametrize("name", ["people", "variance", "observed_share", "ce90_m", "saturated", "found", "cell"])
def test_a_cell_holds_no_place_and_no_list(name: str, wrong: Any) -> None:
    with pytest.raises(WireError):
        read(Kind.CELLS, {**COUNTS, "cells": [{**CELL, name: wrong}]})


@pytest.mark.parametrize("wrong", [[[2.35, 48.85]], {"x": 1}, None, "NaN"])
@pytest.mark.parametrize("name", FLOW)
def test_a_flow_holds_no_place_and_no_list(name: str, wrong: Any) -> None:
    with pytest.raises(WireError):
        read(Kind.CELLS, {**COUNTS, "flows": [{**FLOW, name: wrong}]})


@pytest.mark.parametrize("cell", [[5, 1.5, 2], [5, 1, 2, 3], [5, 1], [5, True, 2], [5, "1", 2], [5, [1], 2]])
def test_a_cell_s_name_is_three_integers(cell: list[Any]) -> None:
    with pytest.raises(WireError):
        read(Kind.CELLS, {**COUNTS, "cells": [{**CELL, "cell": cell}]})


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, part in WHOLE.items() for name in part])
def test_no_field_takes_a_list_of_places(kind: Kind, name: str) -> None:
    assert read(kind, WHOLE[kind])
    with pytest.raises(WireError):
        read(kind, {**WHOLE[kind], name: [[2.35, 48.85, 1]]})


def test_a_dictionary_of_words_holds_nothing_deeper() -> None:
    for seal in ({"a": ["b"]}, {"a": {"b": "c"}}, {"a": 1}):
        with pytest.raises(WireError):
            read(Kind.OPENED, {**OPENED, "seal": seal})
    with pytest.raises(WireError):
        read(Kind.HEALTH, {**WHOLE[Kind.HEALTH], "withheld_because": {"a": [1]}})


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_not_read(text: str) -> None:
    part = json.dumps(COUNTS).replace('"people": 1.5', f'"people": {text}').encode()
    with pytest.raises(WireError):
        message_from_parts(Kind.CELLS, part, b"")


@pytest.mark.parametrize("part", [{**FRAME, "made_by": "gate"}, {**FRAME, "points": []}, {**FRAME, "data": "raw"}])
def test_a_frame_takes_no_field_more(part: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        read(Kind.REDACTED, part)
