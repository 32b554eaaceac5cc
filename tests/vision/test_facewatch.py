"""The search for faces in what is published: when, where, what closes, and what it takes to open again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.scene import UTC_NS, Picture, textured
from vision.engine import DetectorError
from vision.facewatch import (
    CLEAN_NS,
    EVERY_NS,
    FOUND,
    LATE,
    LATE_NS,
    OVERLAP_PX,
    STRIP_PX,
    SURE_SCORE,
    FaceWatch,
    strips,
)

SECOND = 10**9
PICTURE = textured(60, 80)


class ByHand(Executor):
    """Runs what it was given when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, run: Callable[..., Any], /, *arguments: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, run, arguments))
        return future

    def work(self) -> None:
        for future, run, arguments in self.waiting:
            try:
                future.set_result(run(*arguments))
            except Exception as error:  # noqa: BLE001 - as an executor does
                future.set_exception(error)
        self.waiting.clear()


class Scores:
    """A face detector that answers with the scores it was told, the last one for ever, and remembers the pictures."""

    def __init__(self, *scores: float) -> None:
        self.scores = list(scores)
        self.seen: list[Picture] = []

    def __call__(self, picture: Picture) -> float:
        self.seen.append(picture)
        return self.scores.pop(0) if len(self.scores) > 1 else self.scores[0]


def failing(_: Picture) -> float:
    raise DetectorError("the network failed")


def watched(watch: FaceWatch, work: Callable[[], None], *, from_s: float, to_s: float) -> Iterator[tuple[float, str]]:
    """Yield the time and the doubt of ten frames a second, all searches done at once."""
    for tenth in range(round(from_s * 10), round(to_s * 10)):
        doubt = watch.doubt(PICTURE, UTC_NS + tenth * SECOND // 10)
        work()
        yield tenth / 10, doubt


def test_one_search_a_second_of_capture_time_and_never_two_at_once() -> None:
    hands, scores = ByHand(), Scores(0.0)
    watch = FaceWatch(scores, hands, waits=False)
    list(watched(watch, hands.work, from_s=0, to_s=5))
    assert len(scores.seen) == 5
    busy = FaceWatch(scores, ByHand(), waits=False)
    list(watched(busy, lambda: None, from_s=0, to_s=5))
    assert len(scores.seen) == 5


def test_a_face_closes_at_once_and_ten_clean_seconds_open_again() -> None:
    hands = ByHand()
    watch = FaceWatch(Scores(0.0, SURE_SCORE, 0.1), hands, waits=False)
    doubts = dict(watched(watch, hands.work, from_s=0, to_s=14))
    assert doubts[1.0] == ""
    assert doubts[1.1] == FOUND
    closed = [at_s for at_s, doubt in doubts.items() if doubt]
    assert closed[0] == 1.1
    assert closed[-1] == 1.0 + CLEAN_NS / 1e9


def test_a_second_face_begins_the_ten_seconds_anew() -> None:
    hands = ByHand()
    watch = FaceWatch(Scores(0.9, 0, 0, 0, 0, 0, 0, 0, 0.9, 0.0), hands, waits=False)
    closed = [at_s for at_s, doubt in watched(watch, hands.work, from_s=0, to_s=25) if doubt]
    assert closed[-1] == 8.0 + CLEAN_NS / 1e9


def test_too_few_searches_are_no_clean_seconds() -> None:
    """A gate that was closed for another cause meanwhile has shown nothing that could be searched."""
    hands = ByHand()
    watch = FaceWatch(Scores(0.9, 0.0), hands, waits=False)
    list(watched(watch, hands.work, from_s=0, to_s=2))
    assert [doubt for _, doubt in watched(watch, hands.work, from_s=60, to_s=61)] == [FOUND] * 10


def test_a_search_that_fails_is_no_clean_one() -> None:
    hands = ByHand()
    watch = FaceWatch(failing, hands, waits=False)
    watch.doubt(PICTURE, UTC_NS)
    hands.work()
    assert watch.doubt(PICTURE, UTC_NS + 1) == FOUND


def test_any_other_error_is_raised() -> None:
    hands = ByHand()
    watch = FaceWatch(Scores(), hands, waits=False)
    watch.doubt(PICTURE, UTC_NS)
    hands.work()
    with pytest.raises(IndexError):
        watch.doubt(PICTURE, UTC_NS + 1)


def test_a_search_that_hangs_closes() -> None:
    watch = FaceWatch(Scores(0.0), ByHand(), waits=False)
    watch.doubt(PICTURE, UTC_NS)
    assert watch.doubt(PICTURE, UTC_NS + LATE_NS - 1) == ""
    assert watch.doubt(PICTURE, UTC_NS + LATE_NS) == LATE


def test_for_a_file_the_answer_takes_effect_at_the_next_search_however_quick_it_came() -> None:
    with ThreadPoolExecutor(1) as executor:
        watch = FaceWatch(Scores(0.9), executor, waits=True)
        watch.doubt(PICTURE, UTC_NS)
        executor.submit(int).result()
        assert watch.doubt(PICTURE, UTC_NS + EVERY_NS - 1) == ""
        assert watch.doubt(PICTURE, UTC_NS + EVERY_NS) == FOUND


def test_a_clock_that_is_set_back_searches_on() -> None:
    hands, scores = ByHand(), Scores(0.0)
    watch = FaceWatch(scores, hands, waits=False)
    for utc_ns in (UTC_NS, UTC_NS - 3600 * SECOND):
        watch.doubt(PICTURE, utc_ns)
        hands.work()
    assert len(scores.seen) == 2


def test_a_large_picture_is_searched_strip_by_strip() -> None:
    hands, scores = ByHand(), Scores(0.0)
    wide = textured(720, 1280)
    watch = FaceWatch(scores, hands, waits=False)
    parts = strips(wide.shape)
    for n in range(len(parts) + 1):
        watch.doubt(wide, UTC_NS + n * SECOND)
        hands.work()
    for (left, right), seen in zip([*parts, parts[0]], scores.seen, strict=True):
        np.testing.assert_array_equal(seen, wide[:, left:right])


@given(height_px=st.integers(1, 3000), width_px=st.integers(1, 6000))
def test_the_strips_hold_the_whole_picture_and_each_face_whole(height_px: int, width_px: int) -> None:
    parts = strips((height_px, width_px))
    assert parts[0][0] == 0
    assert parts[-1][1] == width_px
    for (_, right), (left, _) in itertools.pairwise(parts):
        assert right - left >= OVERLAP_PX
    narrow_px = 4 * OVERLAP_PX
    assert all(right - left <= max(STRIP_PX // height_px, narrow_px) for left, right in parts)
