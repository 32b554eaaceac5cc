"""Gate 1 releases, it does not hide: every condition holds, or the pixel, the frame or the stream is fill."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from flightlink.mission import Mission, RedactionLevel
from flightlink.pose import CameraPose, PoseRefusal
from tests.vision.scene import (
    REFUSAL,
    UTC_NS,
    boxes,
    capped,
    frame_of,
    look_at,
    mission,
    pose,
    textured,
)
from vision.capped import CappedFrame
from vision.errors import VisionError
from vision.eyes import heads
from vision.fill import NEUTRAL
from vision.gate import Gate, Picture, RedactedStream, Released, refusal_of
from vision.lowpass import lowpass_for
from vision.masks import OLDEST_LOOK_NS, Look, Looks

PERSON = (100.0, 80.0, 130.0, 160.0)
MISSION = mission()


def release(frame: CappedFrame, *, late: str = "", later_s: float = 0.05, **gate: Any) -> Released:
    looks = [look_at(frame, PERSON, later_s=later_s)]
    return Gate(**{"mission": MISSION, **gate}).released(frame, looks, late=late)


def is_fill_only(released: Released) -> bool:
    return bool((released.picture == NEUTRAL).all() and (released.hidden == 255).all() and released.masked_share == 0)


def test_with_every_condition_a_picture_is_released() -> None:
    released = release(frame_of())
    assert released.closed_because == ""
    assert np.ptp(released.picture) > 100
    assert 0.02 < released.masked_share < 0.3


def at(utc_ns: int) -> CappedFrame:
    return frame_of(utc_ns=utc_ns)


CLOSED: dict[str, tuple[CappedFrame, str]] = {
    "no pose": (capped(textured(24, 32), PoseRefusal(cause="no_pose", detail="")), "no_pose"),
    "stale pose": (capped(textured(24, 32), REFUSAL), "stale_pose"),
    "no pose, for a file of a mission": (capped(textured(24, 32), REFUSAL, without_pose=True), "stale_pose"),
    "no pose, without a cause": (replace(capped(textured(24, 32), REFUSAL), refusal=""), "no_pose"),
    "another camera's file": (capped(textured(32, 32), pose()), "camera_file_aspect"),
    "one ns before the start": (at(MISSION.starts_utc_ns - 1), "mission_not_started"),
    "a day before the start": (at(MISSION.starts_utc_ns - 86_400 * 10**9), "mission_not_started"),
    "at the end": (at(MISSION.ends_utc_ns), "mission_ended"),
    "one ns after the end": (at(MISSION.ends_utc_ns + 1), "mission_ended"),
    "a clock at zero": (at(0), "mission_not_started"),
    "below the altitude band": (frame_of(pose(alt_m=math.nextafter(2.0, 0))), "outside_altitude_band"),
    "above the altitude band": (frame_of(pose(alt_m=math.nextafter(120.0, 200))), "outside_altitude_band"),
    "high above, by its ground": (frame_of(pose(alt_m=100, ground_alt_m=-30)), "outside_altitude_band"),
}


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("level", list(RedactionLevel))
def test_without_one_condition_there_is_fill_only_and_the_cause(name: str, level: RedactionLevel) -> None:
    frame, cause = CLOSED[name]
    released = release(frame, level=level, without_pose="for a file" in name)
    assert released.closed_because == cause
    assert is_fill_only(released)
    assert refusal_of(MISSION, frame) == cause


@pytest.mark.parametrize(
    "frame",
    [
        at(MISSION.starts_utc_ns),
        at(MISSION.ends_utc_ns - 1),
        frame_of(pose(alt_m=120.0)),
        frame_of(pose(alt_m=20.0, ground_alt_m=18.0 - 1e-9)),
    ],
    ids=["first instant", "last instant", "top of the band", "bottom of the band"],
)
def test_the_mission_s_own_limits_are_inside(frame: CappedFrame) -> None:
    assert release(frame).closed_because == ("no_open_ground" if frame.pose and frame.pose.alt_agl_m < 3 else "")
    assert refusal_of(MISSION, frame) == ""


@settings(max_examples=60, deadline=None)
@given(alt_m=st.floats(-30, 2.1), pitch_deg=st.floats(-90, 20))
def test_from_the_ground_or_below_nothing_passes_even_if_the_mission_allows_it(alt_m: float, pitch_deg: float) -> None:
    low = frame_of(pose(alt_m=alt_m, pitch_deg=pitch_deg))
    released = Gate(mission=mission(min_agl_m=0.0)).released(low, [look_at(low)])
    assert released.closed_because == ("no_open_ground" if alt_m >= 0 else "outside_altitude_band")
    assert np.unique(released.picture).tolist() == [NEUTRAL]


@pytest.mark.parametrize("cause", ["frames_out_of_order", "detector_late"])
def test_what_the_caller_calls_late_stays_closed(cause: str) -> None:
    released = release(frame_of(), late=cause)
    assert released.closed_because == cause
    assert is_fill_only(released)


@pytest.mark.parametrize(("later_s", "cause"), [
    (-OLDEST_LOOK_NS / 1e9, ""), (-OLDEST_LOOK_NS / 1e9 - 1e-9, "detector_late"), (-3600, "detector_late"), (0, ""),
    (OLDEST_LOOK_NS / 1e9 + 1e-9, "detector_late"),
])  # fmt: skip
def test_a_look_too_far_away_in_time_is_none(later_s: float, cause: str) -> None:
    assert release(frame_of(), later_s=later_s).closed_because == cause


def test_without_any_look_it_stays_closed() -> None:
    """A detector that failed leaves no look at all."""
    released = Gate(mission=MISSION).released(frame_of(), [])
    assert released.closed_because == "detector_late"
    assert is_fill_only(released)


def test_a_closed_local_file_without_a_pose_passes_masked_and_without_a_bound() -> None:
    pixels = textured(240, 320)
    frame = capped(pixels, REFUSAL, without_pose=True)
    released = release(frame, mission=None, without_pose=True)
    assert released.closed_because == ""
    assert (released.picture == pixels)[released.hidden == 0].all()
    assert (released.hidden[80:160, 100:130] == 255).all()


def test_the_same_frame_is_closed_for_a_gate_that_was_not_told_of_a_local_file() -> None:
    frame = capped(textured(240, 320), REFUSAL, without_pose=True)
    assert is_fill_only(release(frame, mission=None))


@pytest.mark.parametrize("published_px_per_m", [0.0, -1.0, math.nan, -math.inf])
def test_no_gate_stands_without_a_publishing_cap(published_px_per_m: float) -> None:
    with pytest.raises(VisionError, match="must be above 0"):
        Gate(mission=MISSION, published_px_per_m=published_px_per_m)


def test_the_publishing_cap_can_be_lowered_and_never_raised_above_the_ceiling() -> None:
    assert Gate(mission=None, published_px_per_m=1e9).cap_px_per_m == 40
    assert Gate(mission=None, published_px_per_m=5).cap_px_per_m == 5
    assert Gate(mission=None).cap_px_per_m == 20


def test_what_the_publishing_cap_cannot_bound_is_closed() -> None:
    """A very low cap asks for more smoothing than there is in the near field."""
    frame = frame_of(pose(pitch_deg=-50, alt_m=8))
    released = release(frame, published_px_per_m=0.5)
    assert frame.bound is not None
    u_px, v_px = np.arange(0.0, frame.width_px, 8), np.full(frame.width_px // 8, frame.height_px - 1.0)
    assert (frame.bound.at(u_px, v_px) / 0.5 > 64).all()
    assert (released.picture[-8:] == NEUTRAL).all()


def test_outside_masks_the_picture_is_exactly_the_low_pass_of_the_frame() -> None:
    frame = frame_of(pose(pitch_deg=-60, alt_m=12))
    released = release(frame)
    assert frame.bound is not None
    plan = lowpass_for(frame.bound, cap_px_per_m=20, width_px=frame.width_px, height_px=frame.height_px)
    away = shapely.box(PERSON[0], PERSON[1], PERSON[2], PERSON[3]).buffer(70).bounds
    expected = plan.applied(frame.pixels)
    far = np.ones(expected.shape, bool)
    far[max(0, int(away[1])) : int(away[3]), max(0, int(away[0])) : int(away[2])] = False
    assert np.count_nonzero(far) > 10_000
    assert np.array_equal(released.picture[far], expected[far])


def test_strict_knows_no_colour_and_floor_keeps_it() -> None:
    frame = frame_of(colour=True)
    strict, floor = release(frame), release(frame, level=RedactionLevel.FLOOR)
    assert strict.picture.ndim == 2, "one plane: R = G = B"
    assert floor.picture.ndim == 3
    assert np.abs(np.ptp(floor.picture.astype(int), axis=2)).max() > 50
    closed = release(frame, level=RedactionLevel.FLOOR, late="x")
    assert closed.picture.shape == floor.picture.shape


def test_floor_hides_the_head_and_shows_the_legs() -> None:
    frame = frame_of(colour=True)
    standing = boxes((100, 40, 140, 140))
    top = heads(standing, frame).xyxy[0]
    assert top[:3].tolist() == [100, 40, 140]
    assert 70 <= top[3] <= 100, "at least the top fifth of a person, and not the whole"
    looks = [replace(look_at(frame), boxes=heads(standing, frame))]
    released = Gate(mission=MISSION, level=RedactionLevel.FLOOR).released(frame, looks)
    assert (released.hidden[40:70, 100:140] == 255).all()
    assert (released.hidden[115:140, 100:140] == 0).all()


@pytest.mark.parametrize("camera", [pose(pitch_deg=-45), pose(pitch_deg=-90), pose(roll_deg=90), pose(roll_deg=-180)])
def test_floor_hides_the_whole_person_where_the_head_may_be_anywhere(camera: CameraPose) -> None:
    standing = boxes((100, 40, 140, 140))
    assert heads(standing, frame_of(camera)).xyxy.tolist() == standing.xyxy.tolist()


# the last step


def test_a_stream_numbers_its_fragments_and_says_why_each_is_closed() -> None:
    gate, looks = Gate(mission=MISSION), Looks()
    stream = RedactedStream("north", width_px=320, height_px=240, fps=10)
    frames = [stream.opening()]
    for number in range(4):
        frame = frame_of(utc_ns=UTC_NS + number * 10**8)
        looks.add(look_at(frame, PERSON))
        late = "frames_out_of_order" if number == 2 else ""
        frames += stream.taken(gate.released(frame, looks.for_frame(frame.utc_ns), late=late))
    frames += stream.closing()
    assert stream.codec.startswith("avc1.")
    assert [frame.sequence for frame in frames] == [0, 1, 2, 3, 4]
    assert [frame.closed_because for frame in frames[1:]] == ["", "", "frames_out_of_order", ""]
    assert [frame.utc_ns - UTC_NS for frame in frames[1:]] == [0, 10**8, 2 * 10**8, 3 * 10**8]
    assert [frame.keyframe for frame in frames[1:]] == [True, False, True, False], "fill needs no picture before it"
    assert "bytes" in repr(frames[1])
    assert len(repr(frames[1])) < 80


def test_a_mission_needs_no_more_than_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment variable opens the gate."""
    for name in ("DEBUG", "GROUNDSTATION_DEBUG", "GROUNDSTATION_OPEN", "PYTHONOPTIMIZE"):
        monkeypatch.setenv(name, "1")
    assert isinstance(MISSION, Mission)
    assert is_fill_only(release(capped(textured(24, 32), REFUSAL)))


# what is seen against what is told


def test_a_doubt_closes_a_picture_that_would_pass_and_is_asked_of_no_other() -> None:
    asked: list[tuple[Picture, Picture]] = []

    def doubting(_: CappedFrame, __: list[Look], picture: Picture, hidden: Picture) -> str:
        asked.append((picture, hidden))
        return "face_in_output"

    frame, gate = frame_of(), Gate(mission=MISSION)
    looks = [look_at(frame, (150, 100, 170, 145))]
    would = Gate(mission=MISSION).released(frame, looks)
    released = gate.released(frame, looks, doubting=doubting)
    assert released.closed_because == "face_in_output"
    assert (released.picture == NEUTRAL).all()
    assert (released.hidden == 255).all()
    np.testing.assert_array_equal(asked[0][0], would.picture)
    np.testing.assert_array_equal(asked[0][1], would.hidden)
    assert gate.released(frame, looks, late="detector_late", doubting=doubting).closed_because == "detector_late"
    assert len(asked) == 1


def test_a_doubt_of_before_closes_but_a_cause_of_the_gate_goes_first() -> None:
    frame, late = frame_of(), frame_of(utc_ns=MISSION.ends_utc_ns)
    gate = Gate(mission=MISSION)
    assert gate.released(frame, [look_at(frame)], doubt="face_in_output").closed_because == "face_in_output"
    assert gate.released(late, [look_at(late)], doubt="face_in_output").closed_because == "mission_ended"


def test_no_doubt_changes_nothing() -> None:
    frame = frame_of()
    plain = Gate(mission=MISSION).released(frame, [look_at(frame)])
    asked = Gate(mission=MISSION).released(frame, [look_at(frame)], doubting=lambda *_: "")
    np.testing.assert_array_equal(plain.picture, asked.picture)
    assert asked.closed_because == ""


def test_a_file_without_a_pose_whose_pictures_change_their_size_closes_those() -> None:
    """Boxes of looks are in pixels; nothing could carry them to another size."""
    gate = Gate(mission=None, without_pose=True)
    causes = []
    for width_px in (320, 160, 320):
        frame = capped(textured(width_px * 3 // 4, width_px), REFUSAL, without_pose=True)
        causes.append(gate.released(frame, [look_at(frame)]).closed_because)
    assert causes == ["", "picture_size_changed", ""]
