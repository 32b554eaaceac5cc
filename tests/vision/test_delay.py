"""The delay line: a file loses no frame whatever fails, a live stream waits for nobody, and no queue grows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.scene import REFUSAL, UTC_NS, capped, frame_of, look_at, mission, textured
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.delay import LOOKS_UNDER_WAY, MOST_WAITING, Ready, Seen, file_order, stride_for
from vision.engine import DetectorError
from vision.eyes import Sight
from vision.gate import Gate
from vision.masks import LOOK_AHEAD_NS, OLDEST_LOOK_NS
from vision.ready import MasksAlone

FRAME = frame_of()
MS = 1_000_000


def frames(count: int, fps: float = 25.0, *, closed: frozenset[int] = frozenset()) -> Iterator[CappedFrame]:
    """Yield so many frames; some without a pose."""
    unposed = capped(textured(24, 32), REFUSAL)
    for index in range(count):
        utc_ns = UTC_NS + round(index / fps * 1e9)
        yield replace(unposed if index in closed else FRAME, index=index, utc_ns=utc_ns)


class EyesThatFail:
    """Eyes that find nobody, and fail at some of their looks."""

    def __init__(self, failing: frozenset[int] = frozenset(), error: Exception | None = None) -> None:
        self.looked: list[int] = []
        self._failing = failing
        self._error = error or DetectorError("the detector failed")

    def look(self, frame: CappedFrame) -> Sight:
        number = len(self.looked)
        self.looked.append(frame.index)
        if number in self._failing:
            raise self._error
        return Sight(look_at(frame), None)

    def people(self, frame: CappedFrame) -> Boxes:
        return Boxes.none()

    def look_uncounted(self, frame: CappedFrame) -> Sight:
        return self.look(frame)

    def look_and_count(self, frame: CappedFrame) -> Sight:
        return Sight(self.look(frame).look, Boxes.none())


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@settings(max_examples=40)
@given(
    count=st.integers(0, 150), fps=st.sampled_from([1.0, 5.0, 25.0, 60.0, 240.0, 1000.0]),
    failing=st.frozensets(st.integers(0, 40)), closed=st.frozensets(st.integers(0, 149)),
)  # fmt: skip
def test_every_frame_of_a_file_comes_out_once_and_in_order_whatever_fails(
    count: int, fps: float, failing: frozenset[int], closed: frozenset[int]
) -> None:
    with ThreadPoolExecutor(1) as pool:
        stream = file_order(frames(count, fps, closed=closed), EyesThatFail(failing), pool, stride=stride_for(fps))
        assert [item.frame.index for item in stream if isinstance(item, Ready)] == list(range(count))


@pytest.mark.parametrize("fps", [0.5, 5, 10, 25, 30, 60])
def test_with_a_healthy_detector_every_frame_of_a_file_is_released(fps: float, executor: Executor) -> None:
    gate = Gate(mission=mission())
    for item in file_order(frames(60, fps), EyesThatFail(), executor, stride=stride_for(fps)):
        if isinstance(item, Ready):
            assert gate.released(item.frame, item.looks).closed_because == ""


def test_a_file_that_nobody_counts_is_looked_at_as_often_and_counted_never(executor: Executor) -> None:
    eyes, alone = EyesThatFail(), EyesThatFail()
    for each, looking in ((eyes, eyes), (alone, MasksAlone(alone))):
        items = list(file_order(frames(60), looking, executor, stride=4))
        assert any(isinstance(item, Seen) for item in items) == (each is eyes)
    assert alone.looked == eyes.looked


def test_where_looks_fail_the_gate_closes_and_opens_again(executor: Executor) -> None:
    gate, fps = Gate(mission=mission()), 25.0
    stride = stride_for(fps)
    causes = [
        gate.released(item.frame, item.looks).closed_because
        for item in file_order(frames(150, fps), EyesThatFail(frozenset(range(8, 20))), executor, stride=stride)
        if isinstance(item, Ready)
    ]
    dark = [index for index, cause in enumerate(causes) if cause == "detector_late"]
    assert dark
    last_good, next_good = 7 * stride, 20 * stride
    reach = OLDEST_LOOK_NS / 1e9 * fps
    assert all(last_good + reach < index < next_good for index in dark)
    assert causes[0] == causes[-1] == ""


@pytest.mark.parametrize("fps", [25.0, 240.0])
def test_a_file_whose_every_look_fails_keeps_few_frames(fps: float, executor: Executor) -> None:
    taken = 0

    def counted() -> Iterator[CappedFrame]:
        nonlocal taken
        for frame in frames(400, fps):
            taken += 1
            yield frame

    out = 0
    for item in file_order(counted(), EyesThatFail(frozenset(range(400))), executor, stride=stride_for(fps)):
        assert isinstance(item, Ready)
        out += 1
        assert taken - out <= MOST_WAITING + 1
    assert out == 400


def test_frames_whose_clock_stands_still_do_not_pile_up(executor: Executor) -> None:
    taken = []

    def stuck() -> Iterator[CappedFrame]:
        for frame in frames(300):
            taken.append(frame.index)
            yield replace(frame, utc_ns=UTC_NS)

    out = []
    for item in file_order(stuck(), EyesThatFail(), executor, stride=4):
        if isinstance(item, Ready):
            out.append(item.frame.index)
            assert len(taken) - len(out) <= MOST_WAITING
    assert out == list(range(300))


@pytest.mark.parametrize("fps", [0.1, 1, 5, 10, 15, 25, 30, 50, 60, 100, 120, 240, 1000])
def test_looks_are_near_enough_and_their_frames_fit_the_queue(fps: float) -> None:
    stride = stride_for(fps)
    assert stride >= 1
    assert (stride - 1) / fps <= LOOK_AHEAD_NS / 1e9
    assert stride * (LOOKS_UNDER_WAY + 1) <= MOST_WAITING


def test_an_error_that_is_no_detector_s_stops_the_file(executor: Executor) -> None:
    eyes = EyesThatFail(frozenset({1}), ZeroDivisionError("a fault of ours"))
    with pytest.raises(ZeroDivisionError):
        list(file_order(frames(60), eyes, executor, stride=4))


def test_people_are_counted_about_twice_a_second_and_in_order(executor: Executor) -> None:
    seen = [
        item.frame.index
        for item in file_order(frames(100), EyesThatFail(), executor, stride=4)
        if isinstance(item, Seen)
    ]
    assert seen == sorted(seen)
    assert 7 <= len(seen) <= 9
