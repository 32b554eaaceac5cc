"""The delay line of a live stream: it waits for nobody, and whatever hangs, jumps or fails shows as fill in time."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import pytest

from tests.vision.scene import REFUSAL, UTC_NS, capped, mission, textured
from tests.vision.test_delay import FRAME, MS, EyesThatFail, frames
from vision.capped import CappedFrame
from vision.delay import MOST_WAITING, Ready, Seen
from vision.engine import DetectorError
from vision.gate import Gate
from vision.live_order import LONGEST_WAIT_NS, LiveOrder
from vision.masks import LOOK_AHEAD_NS


class ByHand(Executor):
    """An executor that does one thing when told."""

    def __init__(self) -> None:
        self.given: list[tuple[Future[Any], Any, tuple[Any, ...]]] = []

    def submit(self, run: Any, /, *arguments: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.given.append((future, run, arguments))
        return future

    def finish(self) -> None:
        """Finish what was given."""
        for future, run, arguments in self.given:
            try:
                future.set_result(run(*arguments))
            except (DetectorError, ZeroDivisionError) as error:
                future.set_exception(error)
        self.given.clear()


class Live:
    """A live order with a clock of its own."""

    def __init__(self, eyes: EyesThatFail | None = None, *, in_pieces: bool = False) -> None:
        self.eyes = eyes or EyesThatFail()
        self.lookers, self.counters = ByHand(), ByHand()
        self.order = LiveOrder(self.eyes, self.lookers, self.counters, core_share=2.0, in_pieces=in_pieces)
        self.gate = Gate(mission=mission())
        self.out: list[tuple[int, int, str]] = []
        """Index, milliseconds at which it went out, cause."""

    def at(self, now_ms: float, frame: CappedFrame | None = None) -> None:
        now_ns = round(now_ms * MS)
        items = list(self.order.take(frame, now_ns)) if frame is not None else []
        items += [item for item, _ in self.order.due(now_ns) if isinstance(item, Ready)]
        for item in items:
            released = self.gate.released(item.frame, item.looks, late=item.late)
            self.out.append((item.frame.index, round(now_ms), released.closed_because))


def run(live: Live, count: int, *, finish_every_ms: float | None, fps: float = 25.0) -> None:
    """Feed frames at their rate and finish looks every so often; time goes in steps of 10 ms."""
    coming = list(frames(count, fps))
    for now_ms in range(0, round(count / fps * 1000) + 900, 10):
        frame = coming.pop(0) if coming and now_ms >= (count - len(coming)) / fps * 1000 else None
        if finish_every_ms and now_ms % finish_every_ms == 0:
            live.lookers.finish()
            live.counters.finish()
        live.at(now_ms, frame)


@pytest.mark.parametrize("finish_every_ms", [10, 60, 150, 300, 450, None])
def test_no_live_frame_waits_longer_than_it_may(finish_every_ms: float | None) -> None:
    live = Live()
    run(live, 60, finish_every_ms=finish_every_ms)
    assert [index for index, _, _ in live.out] == list(range(60))
    quick = finish_every_ms is not None and finish_every_ms <= 150
    longest_ms = (LOOK_AHEAD_NS if quick else LONGEST_WAIT_NS) / MS
    assert max(out_ms - index * 40 for index, out_ms, _ in live.out) <= longest_ms + 10
    assert live.order.waiting == 0


@pytest.mark.parametrize("finish_every_ms", [300, 450])
def test_on_a_busy_machine_the_picture_comes_late_rather_than_closed(finish_every_ms: float) -> None:
    live = Live()
    run(live, 60, finish_every_ms=finish_every_ms)
    assert {cause for _, _, cause in live.out} == {""}


def test_a_quick_detector_keeps_the_stream_open() -> None:
    live = Live()
    run(live, 60, finish_every_ms=60)
    assert {cause for _, _, cause in live.out[10:]} == {""}


def test_a_detector_that_never_answers_closes_the_stream() -> None:
    live = Live()
    run(live, 60, finish_every_ms=None)
    assert {cause for _, _, cause in live.out} == {"detector_late"}
    assert len(live.lookers.given) == 1, "one look at a time"


def test_a_detector_that_dies_closes_the_stream_within_a_second() -> None:
    live = Live(EyesThatFail(frozenset(range(6, 1000))))
    run(live, 100, finish_every_ms=20)
    causes = [cause for _, _, cause in live.out]
    assert causes[12] == ""
    died_index = live.eyes.looked[6]
    assert set(causes[died_index + 25 :]) == {"detector_late"}


@pytest.mark.parametrize("hangs_from_ms", [1000, 1100])
def test_a_detector_that_hangs_closes_the_stream_within_a_second(hangs_from_ms: int) -> None:
    live = Live()
    for now_ms in range(0, 4000, 10):
        if now_ms < hangs_from_ms:
            live.lookers.finish()
        live.at(now_ms, replace(FRAME, utc_ns=UTC_NS + now_ms * MS) if now_ms % 40 == 0 else None)
    last_open_ms = max(out_ms for _, out_ms, cause in live.out if not cause)
    first_closed_ms = min(out_ms for _, out_ms, cause in live.out if cause and out_ms > hangs_from_ms)
    assert last_open_ms < first_closed_ms <= hangs_from_ms + 900


def test_a_clock_set_back_closes_what_waits_and_all_begins_anew() -> None:
    live = Live()
    run(live, 30, finish_every_ms=10)
    back = [replace(frame, utc_ns=frame.utc_ns - 1000 * 10**9) for frame in frames(50)]
    live.out.clear()
    for number, frame in enumerate(back):
        live.at(3000 + 40 * number, frame)
        live.lookers.finish()
    causes = [cause for _, _, cause in live.out]
    assert causes[0] == "clock_jumped"
    assert causes.count("") > 40


def test_a_look_of_before_the_clock_was_set_back_counts_for_nothing() -> None:
    live = Live()
    live.at(0, next(frames(1)))
    live.at(40, replace(FRAME, utc_ns=UTC_NS - 2 * 10**9))
    assert [cause for _, _, cause in live.out] == ["clock_jumped", "clock_jumped"]
    live.lookers.finish()
    live.at(80, replace(FRAME, utc_ns=UTC_NS - 2 * 10**9 + 40 * MS))
    assert live.order.waiting == 1
    assert len(live.lookers.given) == 1, "it is looked at anew"


def test_frames_out_of_order_go_out_closed_and_at_once() -> None:
    live = Live()
    first, second, third = frames(3)
    live.at(0, first)
    live.at(40, third)
    live.at(50, second)
    live.at(60, replace(third, index=9))
    assert [(index, cause) for index, _, cause in live.out if cause == "frames_out_of_order"] == [
        (1, "frames_out_of_order"),
        (9, "frames_out_of_order"),
    ]


def test_a_frame_without_a_pose_does_not_wait_and_is_not_looked_at() -> None:
    live = Live()
    frame = next(frames(1, closed=frozenset({0})))
    live.at(0, frame)
    assert live.out == [(0, 0, "stale_pose")]
    assert not live.lookers.given


def test_before_a_frame_without_a_pose_nobody_waits_for_a_better_mask() -> None:
    live = Live()
    for now_ms in range(0, 400, 40):
        live.lookers.finish()
        live.at(now_ms, replace(FRAME, index=now_ms, utc_ns=UTC_NS + now_ms * MS))
    waiting = live.order.waiting
    assert waiting > 0
    live.out.clear()
    live.at(400, replace(capped(textured(24, 32), REFUSAL), index=400, utc_ns=UTC_NS + 400 * MS))
    assert live.order.waiting == 0
    assert [cause for _, _, cause in live.out] == [""] * waiting + ["stale_pose"]


def test_a_burst_is_bounded_and_the_oldest_goes_out_closed() -> None:
    live = Live()
    late = [item for frame in frames(MOST_WAITING + 10) for item in live.order.take(frame, 0)]
    assert live.order.waiting == MOST_WAITING
    assert [(item.frame.index, item.late) for item in late] == [(index, "detector_late") for index in range(10)]


def test_a_fault_that_is_no_detector_s_ends_a_live_worker() -> None:
    live = Live(EyesThatFail(frozenset({0}), ZeroDivisionError("a fault of ours")))
    live.at(0, next(frames(1)))
    live.lookers.finish()
    with pytest.raises(ZeroDivisionError):
        live.at(10)


def test_counts_come_about_once_a_second_and_delay_no_mask() -> None:
    live = Live()
    seen = []
    for number, frame in enumerate(frames(100)):
        assert not list(live.order.take(frame, number * 40 * MS))
        live.lookers.finish()
        if number % 5 == 0:
            live.counters.finish()
        seen += [item for item, _ in live.order.due(number * 40 * MS) if isinstance(item, Seen)]
    assert 3 <= len(seen) <= 6


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_piece_of_a_replay_is_closed_until_two_looks_are_done(in_pieces: bool) -> None:
    live = Live(in_pieces=in_pieces)
    first = list(frames(20))
    second = [replace(frame, utc_ns=frame.utc_ns + 9_000 * MS, index=frame.index + 20) for frame in first]
    for number, frame in enumerate([*first, *second]):
        for step in range(4):
            live.at(number * 40 + step * 10, frame if step == 0 else None)
            if step == 3 and number % 3 == 2:
                live.lookers.finish()
    causes = {index: cause for index, _, cause in live.out}
    shown = [index for index, cause in causes.items() if index >= 20 and not cause]
    closed = [cause for index, cause in causes.items() if index >= 20 and cause]
    assert len(shown) > 8
    if in_pieces:
        assert closed, "a look alone does not show anybody whom it missed"
        assert set(closed) == {"clock_jumped"}
    else:
        assert closed == []
