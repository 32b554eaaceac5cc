"""The worker's pipes: every message and order comes through whole; anything else is refused with one line."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flightlink.alignment import Alignment, Bias
from flightlink.mission import Mission, RedactionLevel
from flightlink.pose import BEYOND, CONSUMER_GIMBAL
from maps.cells import CellCount, CellCounts, CellId
from tests.vision.scene import UTC_NS, lens, mission, pose
from vision.engine_names import EngineName
from vision.frames import FrameMaker, Media, RedactedFrame
from vision.posts import checked
from vision.wire import (
    END_OF_POSES,
    HEADER,
    MAX_PART_BYTES,
    Done,
    Failed,
    Figures,
    Job,
    Kind,
    Message,
    Opened,
    Order,
    PoseTold,
    WireError,
    WorkerHealth,
    header_from_bytes,
    message_from_parts,
    order_from_line,
    order_line,
    packed,
    pose_from_line,
    pose_line,
)

COUNTS = st.integers(0, 2**53)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
BELIEVED = st.floats(-BEYOND, BEYOND)
WORDS = st.text(max_size=20)
HEALTH = st.builds(
    WorkerHealth, utc_ns=COUNTS, frames_in=COUNTS, frames_out=COUNTS, frames_withheld=COUNTS,
    withheld_because=st.dictionaries(WORDS, COUNTS, max_size=3), gate=WORDS, fps=FLOATS,
    latency_ms=st.none() | FLOATS, masked_share=FLOATS, cap_px_per_m=st.none() | FLOATS, count_rate_hz=FLOATS,
    camera_px_per_m=st.none() | FLOATS, uncapped_from_agl_m=st.none() | FLOATS,
)  # fmt: skip
CELLS = st.builds(
    CellCount, cell=st.builds(CellId, COUNTS, COUNTS, COUNTS), people=FLOATS, variance=FLOATS, observed_share=FLOATS,
    ce90_m=FLOATS, saturated=st.booleans(), found=COUNTS,
)  # fmt: skip
MESSAGES: dict[type, st.SearchStrategy[Any]] = {
    Opened: st.builds(
        Opened, width_px=COUNTS, height_px=COUNTS, fps=FLOATS, codec=WORDS, sealed=st.booleans(),
        seal=st.dictionaries(WORDS, WORDS, max_size=3), frames=st.none() | COUNTS,
    ),
    RedactedFrame: st.builds(
        RedactedFrame, made_by=st.just(FrameMaker.WIRE), source=WORDS, sequence=COUNTS, utc_ns=COUNTS,
        media=st.sampled_from(Media),
        keyframe=st.booleans(), width_px=COUNTS, height_px=COUNTS, closed_because=WORDS, data=st.binary(max_size=300),
    ),
    WorkerHealth: HEALTH,
    PoseTold: st.builds(
        PoseTold, pose=st.builds(pose, yaw_deg=st.floats(-400, 400), utc_ns=COUNTS), pose_from=WORDS
    ),
    Done: st.builds(Done, health=HEALTH, seconds=FLOATS),
    Failed: st.builds(Failed, cause=WORDS, detail=WORDS),
    CellCounts: st.builds(
        CellCounts, source=WORDS, utc_ns=COUNTS, epsg=COUNTS, cells=st.lists(CELLS, max_size=3).map(tuple),
    ),
}  # fmt: skip


def received(data: bytes) -> Message:
    kind, text_bytes, data_bytes = header_from_bytes(data[: HEADER.size])
    text = data[HEADER.size : HEADER.size + text_bytes]
    rest = data[HEADER.size + text_bytes :]
    assert len(rest) == data_bytes
    return message_from_parts(kind, text, rest)


@settings(max_examples=60)
@given(message=st.one_of(*MESSAGES.values()))
def test_every_message_comes_through(message: Message) -> None:
    assert received(packed(message)) == message


def test_there_is_a_test_for_every_kind_of_message() -> None:
    assert {one for one in get_args(Message) if isinstance(one, type)} <= {*MESSAGES, dict}


def test_figures_come_through() -> None:
    assert received(packed(Figures({"recall": 0.9, "n": 12}))) == {"recall": 0.9, "n": 12}


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.REDACTED])
def test_only_pictures_carry_data(kind: Kind) -> None:
    with pytest.raises(WireError, match="only pictures may"):
        header_from_bytes(HEADER.pack(kind, 10, 1))


@pytest.mark.parametrize(("kind", "text_bytes", "data_bytes"), [
    (0, 1, 0), (9, 1, 0), (255, 1, 0), (Kind.HEALTH, MAX_PART_BYTES + 1, 0), (Kind.REDACTED, 1, MAX_PART_BYTES + 1),
    (Kind.REDACTED, 2**32 - 1, 2**32 - 1),
])  # fmt: skip
def test_unknown_kinds_and_oversize_parts_are_refused(kind: int, text_bytes: int, data_bytes: int) -> None:
    with pytest.raises(WireError, match="a worker sent a message of kind"):
        header_from_bytes(HEADER.pack(kind, text_bytes, data_bytes))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=80)
@given(
    kind=st.sampled_from([kind for kind in Kind if kind is not Kind.METRICS]),
    text=JSON.map(json.dumps).map(str.encode) | st.binary(max_size=40),
)
def test_a_message_of_another_shape_is_a_wire_error_and_nothing_else(kind: Kind, text: bytes) -> None:
    with pytest.raises(WireError, match="does not follow the schema"):
        message_from_parts(kind, text, b"")


@settings(max_examples=80)
@given(line=JSON.map(json.dumps).map(str.encode) | st.binary(max_size=40))
def test_a_line_of_another_shape_is_a_wire_error_and_nothing_else(line: bytes) -> None:
    assume(b"end_of_poses" not in line)
    for read in (order_from_line, pose_from_line):
        with pytest.raises(WireError):
            read(line)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_never_sent(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        packed(Figures({"recall": value}))


@pytest.mark.parametrize("part", ["alt_m", "yaw_deg", "lat_deg"])
@pytest.mark.parametrize("value", [math.nan, math.inf, 1e999])
def test_a_pose_with_what_is_no_number_is_refused(part: str, value: float) -> None:
    told = json.loads(pose_line(pose()))
    told["pose"][part] = value
    with pytest.raises(WireError):
        pose_from_line(json.dumps(told).encode())


# orders

DISTORTED = replace(lens(), distortion=(0.1, -0.2, 0.001, 0.002, 0.05))
ALIGNED = Alignment(bias=Bias(3.0, -1.0, 0.0), sigma_deg=(0.3, 0.2, None), utc_ns=UTC_NS, points=5, residual_m=0.4)
ORDER = Order(
    source="north", video="clip.mp4", job=Job.WATCH, models_dir="models", epsg=2154, intrinsics=DISTORTED,
    fixed_pose=pose(intrinsics=DISTORTED), mission=mission(), video_starts_utc_ns=UTC_NS, video_latency_s=0.12,
    level=RedactionLevel.STRICT, published_px_per_m=20.0, pose_wanted="klv", is_latency_measured=False,
    stated_sigma=CONSUMER_GIMBAL, alignment=ALIGNED, engine=EngineName.OPENVINO,
)  # fmt: skip
BARE = replace(
    ORDER, stated_sigma=None, alignment=None, pose_wanted="auto",
    job=Job.FILE, epsg=None, intrinsics=None, fixed_pose=None, mission=None, video_starts_utc_ns=None,
    level=RedactionLevel.FLOOR, with_video=False, engine=EngineName.ONNXRUNTIME,
)  # fmt: skip


@pytest.mark.parametrize("order", [ORDER, BARE])
def test_an_order_comes_through(order: Order) -> None:
    line = order_line(order)
    assert line.count(b"\n") == 1
    assert order_from_line(line) == order
    assert isinstance(order_from_line(line).job, Job)
    assert isinstance(order_from_line(line).level, RedactionLevel)
    assert isinstance(order_from_line(line).engine, EngineName)


@settings(max_examples=30)
@given(
    yaw_deg=BELIEVED, pitch_deg=st.floats(-90, 90), lat_deg=st.floats(-90, 90), lon_deg=st.floats(-180, 180),
    utc_ns=COUNTS, alt_m=BELIEVED,
)  # fmt: skip
def test_a_pose_comes_through_to_the_bit(**parts: Any) -> None:
    sent = pose(**parts)
    assert pose_from_line(pose_line(sent)) == sent


def test_the_end_of_poses_is_no_pose() -> None:
    assert pose_from_line(END_OF_POSES) is None


TOLD = json.loads(order_line(ORDER))["order"]


@pytest.mark.parametrize(("changes", "why"), [
    ({"job": "film"}, "film"), ({"level": "none"}, "none"), ({"level": None}, ""), ({"source": ...}, "source"),
    ({"mission": {"area": []}}, ""), ({"mission": {**TOLD["mission"], "area": [[2, 48]]}}, "corners"),
    ({"mission": {**TOLD["mission"], "ends_utc_ns": 0}}, "ends_utc"),
    ({"mission": {**TOLD["mission"], "published_px_per_m": 41}}, "at most"),
    ({"raw": True}, "raw"),
])  # fmt: skip
def test_an_order_that_is_not_whole_is_refused(changes: dict[str, Any], why: str) -> None:
    told = json.loads(order_line(ORDER))["order"] | {key: value for key, value in changes.items() if value is not ...}
    for key, value in changes.items():
        if value is ...:
            del told[key]
    with pytest.raises(WireError, match=f"the first line is no order: .*{why}"):
        order_from_line(json.dumps({"order": told}).encode())


def loose(**changes: Any) -> Mission:
    return mission(level=RedactionLevel.FLOOR, published_px_per_m=40.0, **changes)


@pytest.mark.parametrize(("order", "why"), [
    (replace(ORDER, mission=None), "needs a mission"),
    (replace(ORDER, level=RedactionLevel.FLOOR), "below the mission's"),
    (replace(ORDER, published_px_per_m=20.01), "above the mission's"),
    (replace(ORDER, mission=loose(), published_px_per_m=40.01), "at most the ceiling"),
    (replace(ORDER, pose_wanted="radar"), "radar"),
    (replace(BARE, published_px_per_m=41.0), "at most the ceiling"),
    (replace(BARE, published_px_per_m=0.0), "above 0"),
    (replace(BARE, published_px_per_m=-5.0), "above 0"),
    (replace(BARE, published_px_per_m=math.nan), "above 0"),
])  # fmt: skip
def test_an_order_for_less_privacy_than_allowed_is_refused(order: Order, why: str) -> None:
    with pytest.raises(WireError, match=f"the order is refused: .*{why}"):
        checked(order)


@pytest.mark.parametrize("order", [
    ORDER, BARE, replace(ORDER, published_px_per_m=5.0), replace(ORDER, mission=loose()),
    replace(ORDER, mission=loose(), level=RedactionLevel.FLOOR, published_px_per_m=40.0),
])  # fmt: skip
def test_an_order_within_its_mission_is_taken(order: Order) -> None:
    assert checked(order) is order
