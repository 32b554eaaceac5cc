"""A live worker's turns: no last picture is left standing when nothing comes any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.vision.scene import REFUSAL, UTC_NS, capped, pose
from tests.vision.test_delay import MS, EyesThatFail
from tests.vision.test_delay_live import ByHand
from tests.vision.test_room import pipe, room, sent
from vision.errors import SourceLostError
from vision.frames import Media, RedactedFrame
from vision.live import FILL_AFTER_NS, FRAMES_STOPPED, LOST_AFTER_NS, LiveTurns
from vision.live_order import LiveOrder
from vision.outlet import Outlet
from vision.wire import WorkerHealth

__all__ = ["pipe"]

FRAME = capped(np.full((240, 320), 90, np.uint8), pose())
"""Even, so that a whole run fits the pipe."""


class Watched:
    """A live worker's turns on a clock of the test; keeps what left and when."""

    def __init__(self, outlet: Outlet, out: Any, **order: Any) -> None:
        self._out = out
        self.hand = ByHand()
        counters = ByHand()
        self.turns = LiveTurns(
            room(outlet, **order), LiveOrder(EyesThatFail(), self.hand, counters, core_share=2.0), now_ns=0
        )
        self.left: list[tuple[int, Any]] = []

    def run(self, times_ms: Iterator[int] | range, *, frames: bool) -> None:
        for now_ms in times_ms:
            self.hand.finish()
            frame = replace(FRAME, utc_ns=UTC_NS + now_ms * MS) if frames and now_ms % 50 == 0 else None
            self.turns.turn(frame, now_ms * MS)
            self.left += [(now_ms, message) for message in sent(self._out)]

    def fragments(self) -> list[tuple[int, str]]:
        return [
            (now_ms, message.closed_because)
            for now_ms, message in self.left
            if isinstance(message, RedactedFrame) and message.media is Media.FMP4_FRAGMENT
        ]


def test_when_pictures_stop_fill_is_out_within_a_second_and_they_come_back(pipe: tuple[Outlet, Any]) -> None:
    worker = Watched(*pipe)
    worker.run(range(0, 2000, 10), frames=True)
    assert worker.fragments()[-1][1] == ""
    worker.run(range(2000, 5900, 10), frames=False)
    fill = [now_ms for now_ms, cause in worker.fragments() if cause == FRAMES_STOPPED]
    last_open = [now_ms for now_ms, cause in worker.fragments() if not cause][-1]
    assert last_open < fill[0] < 2000 + 800
    health = [message for _, message in worker.left if isinstance(message, WorkerHealth)][-1]
    assert health.gate == FRAMES_STOPPED
    worker.run(range(5900, 7000, 10), frames=True)
    assert worker.fragments()[-1][1] == ""


def test_the_first_closed_picture_does_not_wait_for_the_next_one(pipe: tuple[Outlet, Any]) -> None:
    worker = Watched(*pipe)
    worker.run(range(0, 1000, 10), frames=True)
    unposed = replace(capped(np.full((240, 320), 90, np.uint8), REFUSAL), utc_ns=UTC_NS + 1000 * MS)
    worker.turns.turn(unposed, 1000 * MS)
    causes = [message.closed_because for message in sent(pipe[1]) if isinstance(message, RedactedFrame)]
    assert causes[-1] == "stale_pose"


def test_what_still_waits_when_pictures_stop_goes_out_closed(pipe: tuple[Outlet, Any]) -> None:
    worker = Watched(*pipe)
    worker.run(range(0, 1000, 10), frames=True)
    turns, hand = worker.turns, worker.hand
    for now_ms in range(1000, 1500, 50):
        turns.turn(replace(FRAME, utc_ns=UTC_NS + now_ms * MS), now_ms * MS)
    sent(pipe[1])
    hand.finish()
    turns.turn(None, 1450 * MS + FILL_AFTER_NS)
    late = [message.closed_because for message in sent(pipe[1]) if isinstance(message, RedactedFrame)]
    assert set(late[1:]) == {FRAMES_STOPPED}, "the first was inside the encoder"


@pytest.mark.parametrize("comes", [True, False])
def test_a_source_whose_frames_wait_to_be_taken_has_not_stopped(pipe: tuple[Outlet, Any], comes: bool) -> None:
    worker = Watched(*pipe)
    worker.run(range(0, 1000, 10), frames=True)
    for now_ms in range(1000, 1000 + LOST_AFTER_NS // MS, 100):
        worker.turns.turn(None, now_ms * MS, comes=comes)
    causes = {message.closed_because for message in sent(pipe[1]) if isinstance(message, RedactedFrame)}
    assert (FRAMES_STOPPED in causes) is not comes


def test_a_source_that_gives_nothing_for_long_is_lost(pipe: tuple[Outlet, Any]) -> None:
    worker = Watched(*pipe)
    worker.turns.turn(None, LOST_AFTER_NS)
    assert not worker.fragments(), "before the first picture there is nothing to cover"
    with pytest.raises(SourceLostError, match="no picture for 4 s"):
        worker.turns.turn(None, LOST_AFTER_NS + 1)


def test_a_room_without_video_fills_nothing_and_says_so_all_the_same(pipe: tuple[Outlet, Any]) -> None:
    worker = Watched(*pipe, with_video=False)
    worker.run(range(0, 1000, 10), frames=True)
    worker.run(range(1000, 2900, 10), frames=False)
    assert worker.fragments() == []
    assert [message.gate for _, message in worker.left if isinstance(message, WorkerHealth)][-1] == FRAMES_STOPPED
