"""The simulated camera at work: rendered at capture, encoded, sent on its instant."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress

import cv2

from flightlink.pose import Intrinsics
from sitl.crowd.crowd import Crowd
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.vehicle.believed import Believed
from sitl.video.encoder import Encoder, StreamShape
from sitl.video.nal import AccessUnit
from sitl.video.senders import open_sender
from sitl.world.clock import WorldClock
from sitl.world.errors import NotSeenError, WorldError
from sitl.world.route import FlightInstant
from sitl.world.shot import shot_from
from sitl.world.video_plan import address_from
from sitl.world.world import CameraPlan, World

Flight = Callable[[float], FlightInstant]
"""The true vehicle and camera at seconds since the world began: never what a vehicle believes."""
Lens = Callable[[float], Intrinsics]
"""The true lens likewise; by default the one that the camera reports."""
Belief = Callable[[float], Believed]
"""What the vehicle tells its camera at seconds since the world began."""


async def film(
    world: World,
    flight_at: Flight,
    clock: WorldClock,
    address: str,
    *,
    by_way_of: tuple[str, int] | None = None,
    intrinsics_at: Lens | None = None,
    believed_at: Belief | None = None,
    allow_remote: bool = False,
) -> None:
    """Render at capture and send `video_delay_s` later.

    Args:
        world: what is filmed, and how its video is sent.
        flight_at: the truth.
        clock: the world's time.
        address: where the video goes, for instance `udp://127.0.0.1:5600`.
        by_way_of: host and port of a relay to that address.
        intrinsics_at: the true lens.
        believed_at: what goes into the metadata.
        allow_remote: lets the video leave this machine.

    On a busy machine frames are left out rather than queued, and a late one leaves with the time of its capture.
    A frame whose truth nobody knows is left out as well.

    Raises:
        WorldError: the address, or the metadata that the world asks for, cannot be had.
    """
    camera = world.camera
    if world.video.metadata != "none" and believed_at is None:
        raise WorldError(f'{world.name}: [video] metadata: this vehicle tells its camera nothing; take "none"')
    filmed = await asyncio.to_thread(camera_of, world, flight_at, intrinsics_at)  # a second in which others must hear
    shape = shape_of(camera)
    async with open_sender(
        world.video,
        address_from(address, world.video),
        shape=shape,
        epoch_utc_ns=clock.epoch_utc_ns,
        chance=random.Random(world.seed),  # noqa: S311  # numbers of a stream, no secret
        allow_remote=allow_remote,
        by_way_of=by_way_of,
    ) as sender:
        number = int(clock.world_s() * camera.fps) + 1
        while True:
            await asyncio.sleep(max(0.0, number / camera.fps - clock.world_s()))
            units: list[AccessUnit] = []
            with suppress(NotSeenError):
                units = await asyncio.to_thread(filmed, number)
            believed = None if believed_at is None else believed_at(number / camera.fps)
            await asyncio.sleep(max(0.0, number / camera.fps + camera.video_delay_s - clock.world_s()))
            for unit in units:
                sender.send(unit, believed)
            number = max(number + 1, int(clock.world_s() * camera.fps))


def shape_of(camera: CameraPlan) -> StreamShape:
    """Return what the camera's pictures are."""
    return StreamShape(width_px=camera.intrinsics.width_px, height_px=camera.intrinsics.height_px, fps=camera.fps)


def camera_of(world: World, flight_at: Flight, intrinsics_at: Lens | None) -> Callable[[int], list[AccessUnit]]:
    """Return what renders and encodes the frame of a number."""
    cv2.setNumThreads(1)  # one core: the others belong to the station
    crowd, renderer = Crowd(world), Renderer(world, SpriteSet())
    encoder = Encoder(shape_of(world.camera), world.video)

    def filmed(number: int) -> list[AccessUnit]:
        t_s = number / world.camera.fps
        intrinsics = world.camera.intrinsics if intrinsics_at is None else intrinsics_at(t_s)
        shot = shot_from(flight_at(t_s), intrinsics)
        return encoder.encoded(renderer.frame(shot, crowd.people_at(t_s), number), t_s=t_s)

    return filmed
