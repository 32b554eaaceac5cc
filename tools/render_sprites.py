"""Render figures from many sides into sprite atlases: the second half of the sprite workshop.

Needs `mitsuba`, Pillow and numpy (in an environment of its own; never the station's) and the `.npz` files of
`make_figures.py`. Writes `people_N.webp` (colour with alpha) and `sprites.json`.

A sprite is an orthographic view: `azimuth_deg` is the bearing, clockwise seen from above, at which the viewer stands
as the figure sees it (0: in front, 90: on its right hand), `depression_deg` how far the viewer looks down. The sun
stands at a fixed place beside the viewer. The anchor is the pixel of the point on the ground below the body's middle.

    python -m tools.render_sprites --figures FIGURES --out sitl/sprites
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import drjit
import mitsuba
import numpy as np
from numpy.typing import NDArray
from PIL import Image

mitsuba.set_variant("scalar_rgb")

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

METRES_PER_PX: Final = 0.021
AZIMUTHS_DEG: Final = tuple(range(0, 360, 45))
DEPRESSIONS_DEG: Final = (15, 30, 45, 60, 75, 90)
SUN_ELEVATION_DEG: Final = 45.0
SUN_BESIDE_VIEWER_DEG: Final = -55.0
"""Bearing of the sun as the figure sees it, minus the viewer's."""
SUN_SHARE: Final = 0.62
GROUND_BOUNCE: Final = 0.35
SAMPLES: Final = 48
MARGIN_PX: Final = 2
ATLAS_PX: Final = 2048
WEBP_QUALITY: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One orthographic camera: where its picture's middle lies, and its axes."""

    middle: Floats
    right: Floats
    down: Floats
    along: Floats
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprite:
    """One picture of one pose from one side."""

    pixels: Bytes
    """(height, width, 4) RGBA, sRGB."""
    figure: int
    phase: int
    azimuth_deg: int
    depression_deg: int
    anchor_px: tuple[float, float]


def bearing(azimuth_deg: float) -> Floats:
    """Return the unit vector from a figure that faces -y towards a viewer on its bearing (east is x, z up)."""
    angle = np.radians(azimuth_deg)
    return np.array([-np.sin(angle), -np.cos(angle), 0.0])


def view_of(points: Floats, azimuth_deg: float, depression_deg: float) -> View:
    """Return the camera that just holds all points (n, 3)."""
    towards, down_angle = bearing(azimuth_deg), np.radians(depression_deg)
    along = -towards * np.cos(down_angle) - np.array([0, 0, np.sin(down_angle)])
    right = np.cross(-towards, [0, 0, 1.0])
    down = np.cross(along, right)
    across, below = points @ right, points @ down
    width_px, height_px = (int(np.ceil(np.ptp(spread) / METRES_PER_PX)) + 2 * MARGIN_PX for spread in (across, below))
    middle = right * (across.max() + across.min()) / 2 + down * (below.max() + below.min()) / 2
    return View(middle=middle, right=right, down=down, along=along, width_px=width_px, height_px=height_px)


def sensor_of(view: View) -> Any:
    """Return Mitsuba's sensor for a view."""
    half_width_m = view.width_px * METRES_PER_PX / 2
    placed = mitsuba.ScalarTransform4f().look_at(
        origin=(view.middle - 10 * view.along).tolist(), target=view.middle.tolist(), up=(-view.down).tolist()
    )
    film = {
        "type": "hdrfilm",
        "width": view.width_px,
        "height": view.height_px,
        "pixel_format": "rgba",
        "rfilter": {"type": "gaussian"},
    }
    return mitsuba.load_dict(
        {
            "type": "orthographic",
            "to_world": placed @ mitsuba.ScalarTransform4f().scale([half_width_m, half_width_m, 1]),
            "film": film,
            "sampler": {"type": "independent", "sample_count": SAMPLES, "seed": 1},
        }
    )


def light_of(azimuth_deg: float) -> dict[str, Any]:
    """Return sky, ground bounce and sun so that white level ground in the open would be exactly white."""
    sky = np.full((4, 8, 3), 1 - SUN_SHARE, np.float32) * np.array([0.95, 1.0, 1.08], np.float32)
    sky[2:] = GROUND_BOUNCE
    elevation = np.radians(SUN_ELEVATION_DEG)
    to_sun = bearing(azimuth_deg + SUN_BESIDE_VIEWER_DEG) * np.cos(elevation) + np.array([0, 0, np.sin(elevation)])
    strength = SUN_SHARE * np.pi / np.sin(elevation)
    return {
        "sky": {
            "type": "envmap",
            "bitmap": mitsuba.Bitmap(sky),
            "to_world": mitsuba.ScalarTransform4f().rotate([1, 0, 0], 90),
        },
        "sun": {
            "type": "directional",
            "direction": (-to_sun).tolist(),
            "irradiance": {"type": "rgb", "value": [strength * tint for tint in (1.04, 1.0, 0.93)]},
        },
    }


def write_ply(path: Path, vertices: Floats, faces: NDArray[np.int32]) -> None:
    """Write one mesh as binary PLY."""
    header = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {len(vertices)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    table = np.empty(len(faces), dtype=[("corners", "u1"), ("index", "<i4", 3)])
    table["corners"], table["index"] = 3, faces
    path.write_bytes(header.encode() + vertices.astype("<f4").tobytes() + table.tobytes())


def body_of(figure: Any, folder: Path) -> dict[str, Any]:
    """Return the figure's parts for Mitsuba."""
    body: dict[str, Any] = {}
    for number in range(int(figure["parts"])):
        path = folder / f"part{number}.ply"
        write_ply(path, figure[f"vertices{number}"], figure[f"faces{number}"])
        colour = {"type": "rgb", "value": [float(value) for value in figure[f"colour{number}"]]}
        cloth = {"type": "twosided", "inner": {"type": "diffuse", "reflectance": colour}}
        body[f"part{number}"] = {"type": "ply", "filename": str(path), "bsdf": cloth}
    return body


def srgb_from_linear(linear: Floats) -> Floats:
    """Return display values 0 to 1 from linear light."""
    clipped = np.clip(linear, 0, 1)
    return np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * np.power(clipped, 1 / 2.4) - 0.055)


def pixels_from(film: Any) -> Bytes:
    """Return RGBA bytes with straight alpha from a rendered film (premultiplied, linear)."""
    values = np.asarray(film, np.float64)
    alpha = np.clip(values[..., 3:], 0, 1)
    straight = np.where(alpha > 0.01, values[..., :3] / np.maximum(alpha, 0.01), 0)
    return np.round(np.concatenate([srgb_from_linear(straight), alpha], axis=2) * 255).astype(np.uint8)


def sprites_of(path: Path, number: int) -> list[Sprite]:
    """Render one pose from all sides."""
    figure = np.load(path)
    points = np.concatenate([figure[f"vertices{k}"] for k in range(int(figure["parts"]))]).astype(np.float64)
    sprites: list[Sprite] = []
    with tempfile.TemporaryDirectory() as folder:
        body = body_of(figure, Path(folder))
        for azimuth_deg in AZIMUTHS_DEG:
            path_tracer = {"type": "path", "max_depth": 3, "hide_emitters": True}
            scene = mitsuba.load_dict({"type": "scene", "integrator": path_tracer, **light_of(azimuth_deg), **body})
            for depression_deg in DEPRESSIONS_DEG:
                view = view_of(points, azimuth_deg, depression_deg)
                film = mitsuba.render(scene, sensor=sensor_of(view))
                anchor_px = (
                    (view.width_px - 1) / 2 - float(view.middle @ view.right) / METRES_PER_PX,
                    (view.height_px - 1) / 2 - float(view.middle @ view.down) / METRES_PER_PX,
                )
                sprites.append(
                    Sprite(
                        pixels=pixels_from(film),
                        figure=number,
                        phase=int(figure["phase"]),
                        azimuth_deg=azimuth_deg,
                        depression_deg=depression_deg,
                        anchor_px=anchor_px,
                    )
                )
    return sprites


def packed(sprites: list[Sprite]) -> tuple[list[Bytes], list[tuple[int, int, int]]]:
    """Lay sprites on shelves, tallest first; return the atlases and for each sprite its (atlas, x, y)."""
    atlases: list[Bytes] = []
    places = [(0, 0, 0)] * len(sprites)
    x = y = shelf_px = ATLAS_PX
    for index in sorted(range(len(sprites)), key=lambda k: -len(sprites[k].pixels)):
        height, width = sprites[index].pixels.shape[:2]
        if x + width > ATLAS_PX:
            x, y, shelf_px = 0, y + shelf_px, height
        if y + height > ATLAS_PX:
            atlases.append(np.zeros((ATLAS_PX, ATLAS_PX, 4), np.uint8))
            y = 0
        atlases[-1][y : y + height, x : x + width] = sprites[index].pixels
        places[index] = (len(atlases) - 1, x, y)
        x += width
    return atlases, places


def index_of(
    figures: list[dict[str, Any]], sprites: list[Sprite], places: list[tuple[int, int, int]]
) -> dict[str, Any]:
    """Return the JSON index; its `columns` name what each row of `sprites` holds."""
    columns = "figure phase azimuth_deg depression_deg atlas x_px y_px width_px height_px anchor_x_px anchor_y_px"
    rows = [
        [
            *(sprite.figure, sprite.phase, sprite.azimuth_deg, sprite.depression_deg, *place),
            *(sprite.pixels.shape[1], sprite.pixels.shape[0]),
            *(round(part, 2) for part in sprite.anchor_px),
        ]
        for sprite, place in zip(sprites, places, strict=True)
    ]
    return {
        "metres_per_px": METRES_PER_PX,
        "sun_elevation_deg": SUN_ELEVATION_DEG,
        "sun_beside_viewer_deg": SUN_BESIDE_VIEWER_DEG,
        "figures": figures,
        "columns": columns.split(),
        "sprites": rows,
    }


def main() -> None:
    """Read the arguments, render, pack, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    drjit.set_thread_count(1)
    paths = sorted(asked.figures.glob("figure*_*.npz"))
    names = sorted({path.stem.split("_")[0] for path in paths})
    first_pose = [np.load(asked.figures / f"{name}_0.npz") for name in names]
    figures = [{"gait": str(pose["gait"]), "height_m": round(float(pose["height_m"]), 3)} for pose in first_pose]
    sprites: list[Sprite] = []
    for path in paths:
        sprites += sprites_of(path, names.index(path.stem.split("_")[0]))
        print(path.name, len(sprites), flush=True)
    atlases, places = packed(sprites)
    asked.out.mkdir(parents=True, exist_ok=True)
    for number, atlas in enumerate(atlases):
        Image.fromarray(atlas).save(asked.out / f"people_{number}.webp", quality=WEBP_QUALITY, method=4)
    index = json.dumps(index_of(figures, sprites, places), separators=(",", ":"))
    (asked.out / "sprites.json").write_text(index.replace("],[", "],\n["))


if __name__ == "__main__":
    main()
