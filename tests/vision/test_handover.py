"""From thread to thread: decoding runs little ahead, the newest frame wins, errors come out."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tests.vision.test_delay import frames
from vision.capped import CappedFrame
from vision.errors import SourceLostError
from vision.handover import CAPPED_AHEAD, NEWEST_KEPT, NewestFrame, ahead


def test_decoding_runs_a_few_frames_ahead_and_no_further() -> None:
    taken = []

    def source() -> Iterator[CappedFrame]:
        for frame in frames(40):
            taken.append(frame.index)
            yield frame

    stream = ahead(source())
    assert next(stream).index == 0
    deadline_s = time.monotonic() + 2
    while len(taken) < CAPPED_AHEAD + 2 and time.monotonic() < deadline_s:
        time.sleep(0.005)
    time.sleep(0.02)
    assert len(taken) <= CAPPED_AHEAD + 2
    assert [frame.index for frame in stream] == list(range(1, 40))


def failing(count: int) -> Iterator[CappedFrame]:
    yield from frames(count)
    raise SourceLostError("north: the stream has ended")


def test_the_source_s_error_comes_out_after_its_frames() -> None:
    stream = ahead(failing(3))
    assert [next(stream).index for _ in range(3)] == [0, 1, 2]
    with pytest.raises(SourceLostError, match="has ended"):
        next(stream)


def test_the_newest_frames_win_in_their_order_and_then_the_error_comes() -> None:
    newest = NewestFrame()
    newest.fill_from(failing(30))
    time.sleep(0.05)
    taken = [newest.take(1.0) for _ in range(NEWEST_KEPT)]
    assert [frame.index for frame in taken if frame is not None] == [27, 28, 29]
    with pytest.raises(SourceLostError):
        newest.take(0.01)


def test_with_nothing_new_there_is_nothing_to_take() -> None:
    assert NewestFrame().take(0.001) is None


def test_a_quick_taker_never_stops_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both at full speed, switching as often as it goes: the reader must not wait for a frame that was just taken."""
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        newest, ended = NewestFrame(), threading.Event()
        one = next(frames(1))

        def source() -> Iterator[CappedFrame]:
            yield from (one for _ in range(20_000))
            ended.set()

        newest.fill_from(source())
        deadline_s = time.monotonic() + 20
        while not ended.is_set() and time.monotonic() < deadline_s:
            newest.take(1e-6)
        assert ended.is_set()
    finally:
        sys.setswitchinterval(interval_s)
