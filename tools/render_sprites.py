"""Render figures from many sides into sprite atlases: the second half of the sprite workshop.

Needs `mitsuba`, Pillow and numpy (in an environment of its own; never the station's) and the `.npz` files of
`make_figures.py`. Writes `people_N.webp` (colour with alpha), `parts_N.webp` (for each pixel who colours it: 0 nobody,
120 the simulator as a top, 240 as a bottom; such clothes are rendered grey) and `sprites.json`.

A sprite is an orthographic view: `azimuth_deg` is the bearing, clockwise seen from above, at which the viewer stands
as the figure sees it (0: in front, 90: on its right hand), `depression_deg` how far the viewer looks down. The sun
stands at a fixed place beside the viewer. The anchor is the pixel of the point on the ground below the hips.

    python -m tools.render_sprites --figures FIGURES --out sitl/sprites
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

try:
    import drjit
    import mitsuba
except ImportError as error:
    raise SystemExit(
        f"render_sprites: {error.name} is missing; run `pip install mitsuba==3.9.1 pillow` in an environment of its own"
    ) from None

from tools.atlas import Bytes, Floats, Sprite, write_set

mitsuba.set_variant("scalar_rgb")
drjit.set_thread_count(1)
mitsuba.set_log_level(mitsuba.LogLevel.Error)

METRES_PER_PX: Final = 0.015
AZIMUTHS_DEG: Final = tuple(range(0, 360, 45))
DEPRESSIONS_DEG: Final = (15, 30, 45, 60, 75, 90)
SUN_ELEVATION_DEG: Final = 45.0
SUN_BESIDE_VIEWER_DEG: Final = -55.0
"""Bearing of the sun as the figure sees it, minus the viewer's."""
SUN_SHARE: Final = 0.62
GROUND_BOUNCE: Final = 0.35
SAMPLES: Final = 25
PART_SAMPLES: Final = 4
PART_GREYS: Final = (0, 120, 240)
"""By what `make_figures` says of a part."""
MARGIN_PX: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One orthographic camera: where its picture's middle lies, and its axes."""

    middle: Floats
    right: Floats
    down: Floats
    along: Floats
    width_px: int
    height_px: int


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


def anchor_of(view: View) -> tuple[float, float]:
    """Return the pixel of the origin, which lies on the ground below the hips."""
    return (
        (view.width_px - 1) / 2 - float(view.middle @ view.right) / METRES_PER_PX,
        (view.height_px - 1) / 2 - float(view.middle @ view.down) / METRES_PER_PX,
    )


def sensor_of(view: View, samples: int) -> Any:
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
        "rfilter": {"type": "catmullrom"},
    }
    return mitsuba.load_dict(
        {
            "type": "orthographic",
            "to_world": placed @ mitsuba.ScalarTransform4f().scale([half_width_m, half_width_m, 1]),
            "film": film,
            "sampler": {"type": "stratified", "sample_count": samples, "seed": 1},
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


def write_ply(path: Path, vertices: Floats, colour: Floats, faces: NDArray[np.int32]) -> None:
    """Write one mesh with a colour at each vertex as binary PLY."""
    fields = "".join(f"property float {name}\n" for name in "xyzrgb")
    header = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {len(vertices)}\n{fields}"
        f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    table = np.empty(len(faces), dtype=[("corners", "u1"), ("index", "<i4", 3)])
    table["corners"], table["index"] = 3, faces
    path.write_bytes(header.encode() + np.hstack([vertices, colour]).astype("<f4").tobytes() + table.tobytes())


def body_of(figure: Any, folder: Path) -> dict[str, Any]:
    """Return the figure's parts for Mitsuba."""
    body: dict[str, Any] = {}
    for number in range(int(figure["parts"])):
        path = folder / f"part{number}.ply"
        write_ply(path, figure[f"vertices{number}"], figure[f"colour{number}"], figure[f"faces{number}"])
        painted = {"type": "mesh_attribute", "name": "vertex_color"}
        cloth = {"type": "twosided", "inner": {"type": "diffuse", "reflectance": painted}}
        body[f"part{number}"] = {"type": "ply", "filename": str(path), "bsdf": cloth}
    return body


def glowing_parts(figure: Any, body: dict[str, Any]) -> Any:
    """Return a scene in which tops glow red, bottoms green and the rest blue, by which a view's parts are told."""
    glow: dict[str, Any] = {}
    for number in range(int(figure["parts"])):
        shown = ([0, 0, 1.0], [1.0, 0, 0], [0, 1.0, 0])[int(figure[f"coloured_as{number}"])]
        light = {"type": "area", "radiance": {"type": "rgb", "value": shown}}
        glow[f"part{number}"] = {"type": "ply", "filename": body[f"part{number}"]["filename"], "emitter": light}
    return mitsuba.load_dict({"type": "scene", "integrator": {"type": "path", "max_depth": 1}, **glow})


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


def parts_from(film: Any) -> Bytes:
    """Return (height, width) `PART_GREYS` from the film of `glowing_parts`."""
    top, bottom, fixed = np.moveaxis(np.asarray(film, np.float64)[..., :3], 2, 0)
    part = np.where((top > bottom) & (top > fixed), 1, np.where(bottom > fixed, 2, 0))
    return np.array(PART_GREYS, np.uint8)[part]


def sprites_of(path: Path) -> list[Sprite]:
    """Render one pose from all sides."""
    figure = np.load(path)
    points = np.concatenate([figure[f"vertices{k}"] for k in range(int(figure["parts"]))]).astype(np.float64)
    sprites: list[Sprite] = []
    with tempfile.TemporaryDirectory() as folder:
        body = body_of(figure, Path(folder))
        glow = glowing_parts(figure, body)
        for azimuth_deg in AZIMUTHS_DEG:
            path_tracer = {"type": "path", "max_depth": 3, "hide_emitters": True}
            scene = mitsuba.load_dict({"type": "scene", "integrator": path_tracer, **light_of(azimuth_deg), **body})
            for depression_deg in DEPRESSIONS_DEG:
                view = view_of(points, azimuth_deg, depression_deg)
                film = mitsuba.render(scene, sensor=sensor_of(view, SAMPLES))
                parts = mitsuba.render(glow, sensor=sensor_of(view, PART_SAMPLES))
                sprites.append(
                    Sprite(
                        pixels=pixels_from(film),
                        parts=parts_from(parts),
                        figure=int(figure["figure"]),
                        phase=int(figure["phase"]),
                        azimuth_deg=azimuth_deg,
                        depression_deg=depression_deg,
                        anchor_px=anchor_of(view),
                    )
                )
    return sprites


def main() -> None:
    """Read the arguments, render, pack, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    poses = {path: np.load(path) for path in sorted(asked.figures.glob("figure*_*.npz"))}
    if not poses:
        raise SystemExit(f"render_sprites: {asked.figures} has no figures; run tools.make_figures with --out there")
    sprites: list[Sprite] = []
    for path in poses:
        sprites += sprites_of(path)
        print(path.name, len(sprites), flush=True)
    write_set(asked.out, sprites, about_set(poses))


def about_set(poses: dict[Path, Any]) -> dict[str, Any]:
    """Return what the index says of all sprites.

    `heads_m` has the middle of the head by "figure phase": metres to the figure's left, behind it and up.
    """
    standing = [pose for pose in poses.values() if int(pose["phase"]) == 0]
    heads = {f"{int(pose['figure'])} {int(pose['phase'])}": pose["head_m"] for pose in poses.values()}
    return {
        "metres_per_px": METRES_PER_PX,
        "sun_elevation_deg": SUN_ELEVATION_DEG,
        "sun_beside_viewer_deg": SUN_BESIDE_VIEWER_DEG,
        "figures": [
            {"gait": str(one["gait"]), "height_m": round(float(one["height_m"]), 3)}
            | {name: str(one[name]) for name in ("sex", "age")}
            for one in standing
        ],
        "heads_m": {pose: [round(float(part), 3) for part in head] for pose, head in heads.items()},
    }


if __name__ == "__main__":
    main()
