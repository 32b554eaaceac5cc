"""A recording played as a live source is: the newest frame wins, none is waited for."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from vision.capped import CappedFrame
from vision.delay import Looking, Ready, Seen
from vision.handover import NewestFrame
from vision.live_order import IDLE_S, LiveOrder, next_frame


def paced_by(eyes: Looking, frames: Iterator[CappedFrame]) -> Iterator[Ready | Seen]:
    """Yield frames as the station would publish and count them on this whole machine."""
    with ThreadPoolExecutor(1, "look") as lookers, ThreadPoolExecutor(1, "count") as counters:
        yield from paced(LiveOrder(eyes, lookers, counters, core_share=float(os.cpu_count() or 1)), frames)


def paced(order: LiveOrder, frames: Iterator[CappedFrame]) -> Iterator[Ready | Seen]:
    """Yield what the live order makes of frames that come at their own pace, up to the last."""
    newest = NewestFrame()
    newest.fill_from(_then_end(frames))
    while True:
        try:
            frame = next_frame(order, newest, time.monotonic_ns())
        except StopAsyncIteration:
            break
        if frame is not None:
            yield from order.take(frame, time.monotonic_ns())
        yield from (item for item, _ in order.due(time.monotonic_ns(), most=1))
    while order.waiting:
        time.sleep(IDLE_S)
        yield from (item for item, _ in order.due(time.monotonic_ns()))


def _then_end(frames: Iterator[CappedFrame]) -> Iterator[CappedFrame]:
    """Yield the frames, then raise what tells the taker that the file is at its end."""
    yield from frames
    raise StopAsyncIteration
