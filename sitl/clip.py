"""A rendered clip of a simulated world from a camera that stands still, and the camera file that says where.

python -m sitl.clip --out FOLDER    writes FOLDER/clip.mp4 and FOLDER/camera.toml
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from flightlink.errors import FlightlinkError
from maps.geodesy import geodetic_from_enu
from sitl.crowd.crowd import Crowd
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.station_files import camera_toml
from sitl.world.file import load_world
from sitl.world.route import FlightInstant, instant_at
from sitl.world.shot import shot_from
from sitl.world.world import Home, World

Bytes = NDArray[np.uint8]

WORLD: Final = Path(__file__).parent / "worlds" / "demo.toml"
VIDEO: Final = "clip.mp4"
CAMERA: Final = "camera.toml"
AT_S: Final = 20.0
"""Of the first vehicle's flight and of the world: by then everybody walks."""
OPTIONS: Final = {"preset": "veryfast", "crf": "18"}
BAD_INPUT: Final = 2


def world_of_size(world: World, *, width_px: int, height_px: int) -> World:
    """Return the world with its camera's picture at another size: the same view, for the same shape of picture."""
    intrinsics = world.camera.intrinsics.scaled_to(width_px=width_px, height_px=height_px)
    return replace(world, camera=replace(world.camera, intrinsics=intrinsics))


def pose_toml(home: Home, instant: FlightInstant) -> str:
    """Return the lines of a camera file that fix the camera where it is at one instant."""
    lat, lon = geodetic_from_enu(
        home.lat_deg,
        home.lon_deg,
        home.alt_amsl_m,
        np.array([instant.east_m]),
        np.array([instant.north_m]),
        instant.up_m,
    )
    values = {
        "lat_deg": float(lat[0]),
        "lon_deg": float(lon[0]),
        "alt_m": home.alt_amsl_m + instant.up_m,
        "ground_alt_m": home.alt_amsl_m,
        "yaw_deg": instant.camera_yaw_deg,
        "pitch_deg": instant.camera_pitch_deg,
        "roll_deg": 0.0,
    }
    return "".join(f"{name} = {value:.9f}\n" for name, value in values.items())


def pictures(world: World, instant: FlightInstant, frames: int) -> Iterator[Bytes]:
    """Yield uint8 (height, width, 3) BGR pictures: the camera stands, people walk on from `AT_S`."""
    crowd, renderer = Crowd(world), Renderer(world, SpriteSet())
    shot = shot_from(instant, world.camera.intrinsics)
    for number in range(frames):
        yield renderer.frame(shot, crowd.people_at(AT_S + number / world.camera.fps), number)


def write_clip(world: World, folder: Path, frames: int) -> None:
    """Write clip and camera file of the world's first vehicle into a folder, which is made.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    instant = instant_at(world.vehicles[0].route, AT_S)
    (folder / CAMERA).write_text(camera_toml(world.camera) + pose_toml(world.home, instant), encoding="utf-8")
    rate = Fraction(world.camera.fps).limit_denominator(1000)
    with av.open(str(folder / VIDEO), "w") as output:
        stream = output.add_stream("libx264", rate=rate, options=OPTIONS)
        stream.width, stream.height = world.camera.intrinsics.width_px, world.camera.intrinsics.height_px
        stream.pix_fmt = "yuv420p"
        for number, picture in enumerate(pictures(world, instant, frames)):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, 1 / rate
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def _even(text: str) -> int:
    if not text.isdigit() or int(text) < 2 or int(text) % 2:
        raise argparse.ArgumentTypeError(f"{text!r} is no even number of pixels")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of frames above 0")
    return int(text)


def main() -> int:
    """Write one clip; 2 where the world file has a hole or the folder cannot be written."""
    parser = argparse.ArgumentParser(prog="python -m sitl.clip", description="a rendered clip from a fixed camera")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--world", type=Path, default=WORLD, metavar="FILE")
    parser.add_argument("--width", type=_even, default=1280, metavar="PX")
    parser.add_argument("--height", type=_even, default=720, metavar="PX")
    parser.add_argument("--frames", type=_count, default=200, metavar="N")
    asked = parser.parse_args()
    try:
        world = world_of_size(load_world(asked.world), width_px=asked.width, height_px=asked.height)
        write_clip(world, asked.out, asked.frames)
    except (FlightlinkError, OSError) as error:
        sys.stderr.write(f"clip: {error}\n")
        return BAD_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
