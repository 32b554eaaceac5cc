"""Pack sprites into atlases and write them with their index. For the sprite workshop only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

try:
    from PIL import Image
except ImportError:
    raise SystemExit("render_sprites: Pillow is missing; run `pip install pillow` beside mitsuba") from None

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

ATLAS_PX: Final = 2048
WEBP_QUALITY: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprite:
    """One picture of one pose from one side."""

    pixels: Bytes
    """(height, width, 4) RGBA, sRGB."""
    parts: Bytes
    """(height, width), one of `PART_GREYS`."""
    figure: int
    phase: int
    azimuth_deg: int
    depression_deg: int
    anchor_px: tuple[float, float]


Place = tuple[int, int, int]
"""Atlas, x and y in pixels."""


def places_of(sprites: list[Sprite]) -> list[Place]:
    """Lay sprites on shelves, tallest first; return where each lies."""
    atlas = -1
    places = [(0, 0, 0)] * len(sprites)
    x = y = shelf_px = ATLAS_PX
    for index in sorted(range(len(sprites)), key=lambda k: -len(sprites[k].pixels)):
        height, width = sprites[index].pixels.shape[:2]
        if x + width > ATLAS_PX:
            x, y, shelf_px = 0, y + shelf_px, height
        if y + height > ATLAS_PX:
            atlas, y = atlas + 1, 0
        places[index] = (atlas, x, y)
        x += width
    return places


def packed(pictures: list[Bytes], places: list[Place]) -> list[Bytes]:
    """Return the atlases with all pictures, of one number of channels, in their places."""
    empty = np.zeros((ATLAS_PX, ATLAS_PX, *pictures[0].shape[2:]), np.uint8)
    atlases = [empty.copy() for _ in range(1 + max(atlas for atlas, _, _ in places))]
    for picture, (atlas, x, y) in zip(pictures, places, strict=True):
        height, width = picture.shape[:2]
        atlases[atlas][y : y + height, x : x + width] = picture
    return atlases


def index_of(sprites: list[Sprite], places: list[Place]) -> dict[str, Any]:
    """Return where each sprite lies; `columns` name what each row of `sprites` holds."""
    columns = "figure phase azimuth_deg depression_deg atlas x_px y_px width_px height_px anchor_x_px anchor_y_px"
    rows = [
        [
            *(sprite.figure, sprite.phase, sprite.azimuth_deg, sprite.depression_deg, *place),
            *(sprite.pixels.shape[1], sprite.pixels.shape[0]),
            *(round(part, 2) for part in sprite.anchor_px),
        ]
        for sprite, place in zip(sprites, places, strict=True)
    ]
    return {"columns": columns.split(), "sprites": rows}


def write_set(folder: Path, sprites: list[Sprite], about: dict[str, Any]) -> None:
    """Write atlases, maps of parts and the index, which begins with what is said about all sprites."""
    places = places_of(sprites)
    folder.mkdir(parents=True, exist_ok=True)
    for number, atlas in enumerate(packed([sprite.pixels for sprite in sprites], places)):
        Image.fromarray(atlas).save(folder / f"people_{number}.webp", quality=WEBP_QUALITY, method=4)
    for number, atlas in enumerate(packed([sprite.parts for sprite in sprites], places)):
        Image.fromarray(atlas).save(folder / f"parts_{number}.webp", lossless=True, method=4)
    index = json.dumps(about | index_of(sprites, places), separators=(",", ":"))
    (folder / "sprites.json").write_text(index.replace("],[", "],\n[") + "\n")
