"""The film goes on where the truth of an instant is not known, and ends where there is none at all."""

import asyncio
import time
from dataclasses import replace

import pytest

from flightlink.pose import Intrinsics
from sitl.film import film
from sitl.world.clock import WorldClock
from sitl.world.errors import NotSeenError, SitlError
from sitl.world.route import FlightInstant, instant_at
from sitl.world.world import World

K = Intrinsics(width_px=160, height_px=96, fx_px=200, fy_px=200, cx_px=79.5, cy_px=47.5)


class Holes:
    """A flight whose truth is not known at every other instant that is asked for."""

    def __init__(self, world: World, *, error: type[SitlError]) -> None:
        self.asked = 0
        self._route = world.vehicles[0].route
        self._error = error

    def at(self, t_s: float) -> FlightInstant:
        self.asked += 1
        if self.asked % 2:
            raise self._error("nobody knows")
        return instant_at(self._route, t_s)


def small(world: World) -> World:
    return replace(world, camera=replace(world.camera, intrinsics=K, fps=10.0, video_delay_s=0.0))


async def test_a_frame_whose_truth_nobody_knows_is_left_out(world: World) -> None:
    holes, clock = Holes(world, error=NotSeenError), WorldClock(time.time_ns())
    filmed = asyncio.ensure_future(film(small(world), holes.at, clock, "udp://127.0.0.1:9"))
    async with asyncio.timeout(60):
        while holes.asked < 2:
            assert not filmed.done()
            await asyncio.sleep(0.05)
    filmed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await filmed


async def test_without_any_truth_the_film_ends(world: World) -> None:
    holes, clock = Holes(world, error=SitlError), WorldClock(time.time_ns())
    with pytest.raises(SitlError, match="nobody knows"):
        await asyncio.wait_for(film(small(world), holes.at, clock, "udp://127.0.0.1:9"), 60)
