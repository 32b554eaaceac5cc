"""The cross-check of the scale: people who contradict the pose, many or few, for long or short, never one alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.scene import REFUSAL, UTC_NS, capped, frame_of, lens, pose, textured
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.crosscheck import (
    CLEAN_NS,
    LEAST_LARGE,
    LEAST_SMALL,
    MEMORY_NS,
    MOST_RUNS,
    TOO_LARGE,
    TOO_SMALL,
    CrossCheck,
    SizeLog,
    Sizes,
    are_too_large,
    are_too_small,
    sizes_of,
)
from vision.plausible import scale_at

SECOND = 10**9


def people_of(frame: CappedFrame, height_m: float, *, count: int = 6, score: float = 0.9) -> Boxes:
    """Return boxes of people who span so many metres, in a row through the middle of the picture."""
    u = np.linspace(60, frame.width_px - 60, count)
    v = np.full(count, frame.height_px / 2)
    scale = scale_at(frame, u, v)
    assert scale is not None
    half = height_m * scale.px_per_m / 2
    corners = np.stack([u - half / 4, v - half, u + half / 4, v + half], axis=1).astype(np.float32)
    return Boxes(xyxy=corners, scores=np.full(count, score, np.float32))


def sizes(*, utc_ns: int = UTC_NS, judged: int = 6, too_large: int = 0, too_small: int = 0) -> Sizes:
    return Sizes(utc_ns=utc_ns, judged=judged, too_large=too_large, too_small=too_small)


def log_of(*parts: Sizes) -> SizeLog:
    log = SizeLog()
    for part in parts:
        log.note(part)
    return log


# what one run says


def test_people_of_a_persons_size_contradict_nothing() -> None:
    frame = frame_of()
    told = sizes_of(people_of(frame, 1.5), frame)
    assert told == sizes(utc_ns=frame.utc_ns)


@pytest.mark.parametrize("lie", [{"alt_m": 40.0}, {"intrinsics": lens(focal_px=150.0)}], ids=["height x2", "zoom x2"])
def test_people_are_too_large_for_a_pose_that_tells_twice_the_height_or_half_the_zoom(lie: dict[str, Any]) -> None:
    people = people_of(frame_of(), 1.55)
    told = sizes_of(people, frame_of(pose(**lie)))
    assert told is not None
    assert told.too_large == told.judged == 6


@pytest.mark.parametrize("lie", [{"alt_m": 10.0}, {"intrinsics": lens(focal_px=600.0)}], ids=["height / 2", "zoom / 2"])
def test_people_are_too_small_for_a_pose_that_tells_half_the_height_or_twice_the_zoom(lie: dict[str, Any]) -> None:
    frame = frame_of(pose(**lie))
    told = sizes_of(people_of(frame, 0.6), frame)
    assert told is not None
    assert (told.too_large, told.too_small) == (0, 6)


def test_weak_finds_are_not_judged() -> None:
    frame = frame_of()
    assert sizes_of(people_of(frame, 9.0, score=0.29), frame) == sizes(judged=0)


def test_a_person_cut_by_the_pictures_edge_can_be_too_large_but_not_too_small() -> None:
    frame = frame_of()
    at_the_edge = np.array([[0, 100, 10, 104], [0, 20, 60, 239], [310, 100, 319, 104]], np.float32)
    told = sizes_of(Boxes(xyxy=at_the_edge, scores=np.ones(3, np.float32)), frame)
    assert told == sizes(judged=1, too_large=1)


def test_without_a_pose_there_is_nothing_to_contradict() -> None:
    frame = capped(textured(24, 32), REFUSAL, without_pose=True)
    assert sizes_of(Boxes.none(), frame) is None
    log = SizeLog()
    log.note(None)
    assert log.around(UTC_NS) == []


def test_what_stands_above_the_horizon_is_not_judged() -> None:
    frame = frame_of(pose(pitch_deg=0.0))
    sky = Boxes(xyxy=np.array([[150, 20, 170, 60]], np.float32), scores=np.ones(1, np.float32))
    assert sizes_of(sky, frame) == sizes(judged=0)


# what many say


def test_half_of_enough_finds_in_two_runs_is_a_contradiction() -> None:
    assert are_too_large([sizes(too_large=3), sizes(too_large=3)])


@pytest.mark.parametrize(
    "evidence",
    [
        [],
        [sizes(judged=LEAST_LARGE - 1, too_large=LEAST_LARGE - 1)],
        [sizes(judged=50, too_large=50)],
        [sizes(judged=2, too_large=2), sizes(judged=2, too_large=2)],
        [sizes(judged=10, too_large=4), sizes(judged=10, too_large=4)],
    ],
    ids=["nothing", "a few", "one run", "too few", "the smaller half"],
)
def test_less_is_none(evidence: list[Sizes]) -> None:
    assert not are_too_large(evidence)


@pytest.mark.parametrize(
    ("evidence", "small"),
    [
        ([sizes(judged=8, too_small=8), sizes(judged=8, too_small=8)], True),
        ([sizes(judged=40, too_small=40)], False),
        ([sizes(judged=5, too_small=5), sizes(judged=5, too_small=5)], False),
        ([sizes(judged=16, too_small=10), sizes(judged=16, too_small=10)], False),
    ],
    ids=["most of many", "one run", "too few", "children among others"],
)
def test_too_small_takes_strong_evidence(evidence: list[Sizes], *, small: bool) -> None:
    assert are_too_small(evidence) is small
    assert LEAST_SMALL > LEAST_LARGE


@given(st.lists(st.integers(0, 60), max_size=40))
def test_one_person_alone_never_closes_anything(large_elsewhere: list[int]) -> None:
    """Somebody on a stage, a statue: one find in each run is too large, at least two others are as they should be."""
    evidence = [sizes(judged=3 + others, too_large=1) for others in large_elsewhere]
    assert not are_too_large(evidence)


# in time


def test_the_picture_closes_with_the_evidence_and_opens_when_it_has_been_gone_for_long() -> None:
    log = log_of(*(sizes(utc_ns=UTC_NS + n * SECOND // 5, too_large=5) for n in range(10)))
    check = CrossCheck(log)
    assert check.of_picture(UTC_NS) == ""
    assert check.of_picture(UTC_NS + SECOND // 5) == TOO_LARGE
    assert check.of_picture(UTC_NS + 2 * SECOND) == check.of_count(UTC_NS + 2 * SECOND) == TOO_LARGE
    last = UTC_NS + 2 * SECOND + MEMORY_NS - SECOND // 2
    assert check.of_picture(last) == TOO_LARGE
    assert check.of_picture(last + CLEAN_NS - 1) == TOO_LARGE
    assert check.of_picture(last + CLEAN_NS) == ""


def test_new_evidence_renews_the_wait() -> None:
    log = log_of(sizes(too_large=5), sizes(too_large=5))
    check = CrossCheck(log)
    check.of_picture(UTC_NS)
    again = UTC_NS + 9 * SECOND
    for n in range(2):
        log.note(sizes(utc_ns=again + n, too_large=5))
    assert check.of_picture(again + 1) == TOO_LARGE
    assert check.of_picture(UTC_NS + 12 * SECOND) == TOO_LARGE


def test_a_clock_that_is_set_back_does_not_close_for_ever() -> None:
    check = CrossCheck(log_of(sizes(too_large=5), sizes(too_large=5)))
    assert check.of_picture(UTC_NS) == TOO_LARGE
    assert check.of_picture(UTC_NS - 3600 * SECOND) == ""


def test_people_too_small_hold_back_the_counts_alone() -> None:
    log = log_of(*(sizes(utc_ns=UTC_NS + n, judged=9, too_small=9) for n in range(3)))
    check = CrossCheck(log)
    assert check.of_picture(UTC_NS + 5) == ""
    assert check.of_count(UTC_NS + 5) == TOO_SMALL


def test_a_count_of_people_too_large_is_held_back_though_no_picture_was_asked_for() -> None:
    log = log_of(sizes(too_large=5), sizes(too_large=5))
    assert CrossCheck(log).of_count(UTC_NS) == TOO_LARGE


def test_later_runs_wait_for_their_frames_and_old_ones_are_forgotten() -> None:
    early, late = sizes(), sizes(utc_ns=UTC_NS + SECOND)
    log = log_of(early, late)
    assert log.around(UTC_NS) == [early]
    assert log.around(UTC_NS + MEMORY_NS) == [late]


def test_the_log_is_bounded() -> None:
    log = log_of(*(sizes() for _ in range(2 * MOST_RUNS)))
    assert len(log.around(UTC_NS)) == MOST_RUNS


def test_a_sigma_of_the_pose_changes_nothing_of_the_judgement() -> None:
    """The cap allows for the height's own error already; the check must not allow for it twice."""
    frame = frame_of()
    assert frame.pose is not None
    unsure = replace(frame.pose.sigma, vertical_m=5.0)
    people = people_of(frame, 2.6)
    told = sizes_of(people, frame_of(replace(frame.pose, sigma=unsure)))
    assert told is not None
    assert told.too_large > 0
