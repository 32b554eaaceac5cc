"""The film goes on where the truth of an instant is not known, and ends where there is none at all."""

import asyncio
import time
from collections.abc import Callable

import pytest

from sitl.film import Flight, Lens, film
from sitl.video.nal import AccessUnit
from sitl.world.clock import WorldClock
from sitl.world.errors import NotSeenError, SitlError
from sitl.world.route import FlightInstant, instant_at
from sitl.world.world import World


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


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for the truth of each frame and draw nothing."""

    def camera_of(world: World, flight_at: Flight, intrinsics_at: Lens | None) -> Callable[[int], list[AccessUnit]]:
        def filmed(number: int) -> list[AccessUnit]:
            flight_at(number / world.camera.fps)
            return []

        return filmed

    monkeypatch.setattr("sitl.film.camera_of", camera_of)


async def test_a_frame_whose_truth_nobody_knows_is_left_out(world: World) -> None:
    holes = Holes(world, error=NotSeenError)
    filmed = asyncio.ensure_future(film(world, holes.at, WorldClock(time.time_ns()), "udp://127.0.0.1:9"))
    while holes.asked < 4:
        assert not filmed.done()
        await asyncio.sleep(0.02)
    filmed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await filmed


async def test_without_any_truth_the_film_ends(world: World) -> None:
    holes = Holes(world, error=SitlError)
    with pytest.raises(SitlError, match="nobody knows"):
        await film(world, holes.at, WorldClock(time.time_ns()), "udp://127.0.0.1:9")
