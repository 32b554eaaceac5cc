"""A live source on a busy machine: bursts leave no frame out, what is behind goes first, the count gives way."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

import pytest

from tests.vision.test_delay import MS, frames
from tests.vision.test_delay_live import Live
from vision.capped import CappedFrame
from vision.delay import MOST_WAITING, Ready, Seen
from vision.handover import NEWEST_KEPT, NewestFrame
from vision.live_order import BEHIND_NS, next_frame

PUBLISH_MS = 33
LOOK_EVERY_MS = 280


def taken_of(count: int, *, most: int, publish_ms: int = PUBLISH_MS) -> tuple[int, list[int]]:
    """Play frames of 25 a second to one that takes long to publish each; return how many were taken, and the waits."""
    live, waits_ms = Live(), []
    coming, slot = deque(frames(count)), deque[CappedFrame](maxlen=NEWEST_KEPT)
    now_ms, taken, looked_ms = 0, 0, 0
    while now_ms < count * 40 + 2000:
        while coming and coming[0].index * 40 <= now_ms:
            slot.append(coming.popleft())
        if now_ms - looked_ms >= LOOK_EVERY_MS:
            live.lookers.finish()
            looked_ms = now_ms
        if slot and not live.order.is_behind(now_ms * MS):
            assert not list(live.order.take(slot.popleft(), now_ms * MS))
            taken += 1
        for item, came_in_ns in live.order.due(now_ms * MS, most=most):
            if isinstance(item, Ready):
                now_ms += publish_ms
                waits_ms.append(now_ms - came_in_ns // MS)
        now_ms += 1
    return taken, waits_ms


def test_what_comes_while_a_burst_goes_out_is_not_left_out() -> None:
    one_by_one, waits_ms = taken_of(300, most=1)
    assert one_by_one == 300
    assert max(waits_ms) < 2 * LOOK_EVERY_MS
    at_once, _ = taken_of(300, most=MOST_WAITING)
    assert at_once < 296, "the control: published in one go, a burst costs the frames that come meanwhile"


def test_a_machine_that_cannot_keep_up_leaves_frames_out_rather_than_let_them_age() -> None:
    taken, waits_ms = taken_of(300, most=1, publish_ms=60)
    assert 150 < taken < 250
    assert max(waits_ms) < (BEHIND_NS // MS) + LOOK_EVERY_MS + 2 * 60


def test_where_frames_are_left_out_people_are_counted_half_as_often() -> None:
    assert counts(every=1) == pytest.approx(30, abs=2)
    assert counts(every=2) == pytest.approx(16, abs=2)


def counts(*, every: int) -> int:
    """Return the counts of half a minute of which each n-th frame is taken."""
    live, seen = Live(), 0
    for frame in list(frames(30 * 25))[::every]:
        now_ns = frame.index * 40 * MS
        assert not [ready for ready in live.order.take(frame, now_ns) if ready.late]
        live.lookers.finish()
        live.counters.finish()
        for _ in range(2):  # a look is begun before a count
            seen += sum(isinstance(item, Seen) for item, _ in live.order.due(now_ns))
    return seen


def test_the_next_frame_is_not_taken_while_older_ones_wait_for_long() -> None:
    live, newest = Live(), NewestFrame()
    first, second = list(frames(2))
    assert not list(live.order.take(first, 0))
    assert not list(live.order.due(0))
    newest.fill_from(_one(second))
    deadline_s = time.monotonic() + 5
    while newest.waiting == 0 and time.monotonic() < deadline_s:
        time.sleep(0.005)
    late_ns = 1000 * MS
    assert live.order.is_behind(late_ns)
    assert next_frame(live.order, newest, late_ns) is None
    assert [item.frame.index for item, _ in live.order.due(late_ns) if isinstance(item, Ready)] == [0]
    assert next_frame(live.order, newest, late_ns) is second


def _one(frame: CappedFrame) -> Iterator[CappedFrame]:
    yield frame
    time.sleep(60)
