"""A small live stream for tests of senders: captured on time, sent at once, until its receiver has enough."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sitl.video.encoder import Encoder, StreamShape
from sitl.video.nal import AccessUnit
from sitl.video.senders import open_sender
from sitl.world.video_plan import VideoPlan, address_from
from tests.sitl.heard import believed

Received = TypeVar("Received")

FPS = 30.0
SHAPE = StreamShape(width_px=160, height_px=96, fps=FPS)
EPOCH_UTC_NS = time.time_ns() - 100_000_000_000
"""The world is 100 s old when a test's stream begins."""


def picture(number: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(7).integers(0, 256, (12, 20, 3), np.uint8)
    return np.roll(np.kron(noise, np.ones((8, 8, 1), np.uint8)), number, axis=1)


def units(count: int, *, shape: StreamShape = SHAPE, plan: VideoPlan | None = None) -> list[AccessUnit]:
    encoder = Encoder(shape, plan or VideoPlan())
    return [unit for n in range(count) for unit in encoder.encoded(picture(n), t_s=n / FPS)]


def utc_us(t_s: float) -> int:
    return round(EPOCH_UTC_NS / 1e3 + 1e6 * t_s)


async def streamed(address: str, plan: VideoPlan, receive: Callable[[], Received]) -> Received:
    """Send until the receiver, in a thread of its own, returns."""
    encoder = Encoder(SHAPE, plan)
    to = address_from(address, plan)
    chance = random.Random(1)  # noqa: S311  # no secret
    async with open_sender(plan, to, shape=SHAPE, epoch_utc_ns=EPOCH_UTC_NS, chance=chance) as sender:
        receiver = asyncio.create_task(asyncio.to_thread(receive))
        number = 1 + round((time.time_ns() - EPOCH_UTC_NS) / 1e9 * FPS)
        while not receiver.done():
            t_s = number / FPS
            await asyncio.sleep(max(0.0, EPOCH_UTC_NS / 1e9 + t_s - time.time()))
            for unit in encoder.encoded(picture(number), t_s=t_s):
                sender.send(unit, replace(believed(), utc_us=utc_us(t_s)))
            number += 1
        return await receiver
