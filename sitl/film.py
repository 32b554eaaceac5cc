"""The simulated camera at work: rendered at capture, encoded, sent on its instant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import av

from sitl.clock import WorldClock
from sitl.crowd import Crowd
from sitl.render import Renderer
from sitl.route import FlightInstant
from sitl.shot import shot_from
from sitl.sprite_set import SpriteSet
from sitl.video import VideoSender
from sitl.world import World


async def film(world: World, flight_at: Callable[[float], FlightInstant], clock: WorldClock, address: str) -> None:
    """Render at capture and send `video_delay_s` later.

    `flight_at` gives the true vehicle and camera at seconds since the world began: never what a vehicle believes.

    On a busy machine frames are left out rather than queued, and a late one leaves with the time of its capture.
    """
    camera = world.camera
    crowd, renderer = Crowd(world), Renderer(world, SpriteSet())

    def packets_at(number: int) -> list[av.Packet[Any]]:
        t_s = number / camera.fps
        shot = shot_from(flight_at(t_s), camera.intrinsics)
        return sender.encoded(renderer.frame(shot, crowd.people_at(t_s), number), t_s=t_s)

    size = {"width_px": camera.intrinsics.width_px, "height_px": camera.intrinsics.height_px}
    with VideoSender(address, fps=camera.fps, **size) as sender:
        number = int(clock.world_s() * camera.fps) + 1
        while True:
            await asyncio.sleep(max(0.0, number / camera.fps - clock.world_s()))
            packets = await asyncio.to_thread(packets_at, number)
            await asyncio.sleep(max(0.0, number / camera.fps + camera.video_delay_s - clock.world_s()))
            sender.mux(packets)
            number = max(number + 1, int(clock.world_s() * camera.fps))
