"""How fast the live renderer is on one core, beside its floor: the warp of the ground alone.

python -m sitl.bench_render --world sitl/worlds/demo.toml --width 1280 --height 720 --frames 60
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

import cv2

from flightlink.errors import FlightlinkError
from sitl.clip import WORLD, world_of_size
from sitl.crowd.crowd import Crowd, People
from sitl.picture.ground_picture import ground_from_texture
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.world.file import load_world
from sitl.world.route import instant_at
from sitl.world.shot import Shot, shot_from
from sitl.world.world import World

AT_S: Final = 20.0
BAD_INPUT: Final = 2


def instants(world: World, frames: int) -> list[tuple[Shot, People]]:
    """Return what the first vehicle's camera sees of the world, frame by frame."""
    crowd, route = Crowd(world), world.vehicles[0].route
    times = [AT_S + number / world.camera.fps for number in range(frames)]
    return [(shot_from(instant_at(route, t_s), world.camera.intrinsics), crowd.people_at(t_s)) for t_s in times]


def cpu_ms(once: Callable[[int], object], frames: int) -> float:
    """Return the median of the process's CPU time per call, in ms: what others do at the same time hardly counts."""
    spent = []
    for number in range(frames):
        begun_ns = time.process_time_ns()
        once(number)
        spent.append((time.process_time_ns() - begun_ns) / 1e6)
    return median(spent)


def measured(world: World, frames: int) -> dict[str, Any]:
    """Return the renderer's and its floor's CPU time per frame on one core, after one round to fill the caches."""
    cv2.setNumThreads(1)
    renderer, seen = Renderer(world, SpriteSet()), instants(world, frames)
    camera, ground = world.camera.intrinsics, cv2.imread(str(world.ground.file))
    if ground is None:
        raise FlightlinkError(f"{world.ground.file}: cannot be read as a picture")
    metres = ground_from_texture(world.ground.metres_per_px, (ground.shape[0], ground.shape[1]))

    def frame(number: int) -> None:
        renderer.frame(*seen[number], number)

    def floor(number: int) -> None:
        cv2.warpPerspective(ground, seen[number][0].image_from_ground @ metres, (camera.width_px, camera.height_px))

    cpu_ms(frame, frames)
    render_ms, floor_ms = cpu_ms(frame, frames), cpu_ms(floor, frames)
    return {
        "width_px": camera.width_px,
        "height_px": camera.height_px,
        "people": round(median(len(people) for _, people in seen)),
        "frames": frames,
        "render_ms": round(render_ms, 2),
        "render_fps": round(1000 / render_ms, 1),
        "floor_ms": round(floor_ms, 2),
        "ratio_to_floor": round(render_ms / floor_ms, 2),
    }


def main() -> int:
    """Print one JSON document; 2 where the world file has a hole."""
    parser = argparse.ArgumentParser(prog="python -m sitl.bench_render", description="frames per second on one core")
    parser.add_argument("--world", type=Path, default=WORLD, metavar="FILE")
    parser.add_argument("--width", type=int, default=1280, metavar="PX")
    parser.add_argument("--height", type=int, default=720, metavar="PX")
    parser.add_argument("--frames", type=int, default=60, metavar="N")
    asked = parser.parse_args()
    if min(asked.width, asked.height, asked.frames) < 2:
        parser.error("--width, --height and --frames must be at least 2")
    try:
        world = world_of_size(load_world(asked.world), width_px=asked.width, height_px=asked.height)
        figures = measured(world, asked.frames)
    except FlightlinkError as error:
        sys.stderr.write(f"bench_render: {error}\n")
        return BAD_INPUT
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
