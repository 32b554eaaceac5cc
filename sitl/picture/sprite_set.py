"""People rendered beforehand from many sides: the atlases of `sitl/sprites`, and which picture to take when."""

from __future__ import annotations

import itertools
import json
import math
from bisect import bisect
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.picture.tints import tinted
from sitl.world.errors import WorldError

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Point = tuple[float, float, float]

SPRITES_DIR: Final = Path(__file__).parents[1] / "sprites"
STRIDE_M: Final = 1.4
"""Two steps."""
STANDS_BELOW_M_S: Final = 0.25
STANDING: Final = 0
"""Phase of a pose that stands; the stride's phases are 1 to 4."""
STRIDE_PHASES: Final = 4
OUTLINE_PX: Final = 1.4
"""How far a shadow's outline may be off, in pixels of the sprite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprite:
    """One view of one pose: where it lies in which atlas, and its point on the ground."""

    figure: int
    phase: int
    azimuth_deg: int
    depression_deg: int
    atlas: int
    x_px: int
    y_px: int
    width_px: int
    height_px: int
    anchor_x_px: float
    anchor_y_px: float

    def mirrored_x_px(self, x_px: float, *, mirrored: bool) -> float:
        """Return where a column is in the sprite or its mirror image."""
        return self.width_px - 1 - x_px if mirrored else x_px


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One person of the set."""

    gait: str
    """`walk` has a stride beside standing, `stand` only stands."""
    height_m: float
    sex: str
    """Of the body: `female` or `male`."""
    age: str
    """`child`, `adult` or `old`."""


class SpriteSet:
    """All sprites of a folder.

    Args:
        folder: holds `sprites.json` and the atlases.

    Raises:
        WorldError: the folder holds no sprites.
    """

    def __init__(self, folder: Path = SPRITES_DIR) -> None:
        index = _index(folder)
        self.metres_per_px = float(index["metres_per_px"])
        self.sun_beside_viewer_deg = float(index["sun_beside_viewer_deg"])
        self.figures = tuple(Figure(**figure) for figure in index["figures"])
        self.walkers = tuple(number for number, figure in enumerate(self.figures) if figure.gait == "walk")
        self._heads = {tuple(map(int, key.split())): tuple(head) for key, head in index["heads_m"].items()}
        rows = [dict(zip(index["columns"], row, strict=True)) for row in index["sprites"]]
        self._sprites = {_key(row): Sprite(**row) for row in rows}
        self._azimuths = len({key[2] for key in self._sprites})
        self._depressions = sorted({key[3] for key in self._sprites})
        self._between = [(low + high) / 2 for low, high in itertools.pairwise(self._depressions)]
        numbers = range(_atlas_count(rows))
        self._atlases = [_picture(folder / f"people_{number}.webp", cv2.IMREAD_UNCHANGED) for number in numbers]
        self._parts = [_picture(folder / f"parts_{number}.webp", cv2.IMREAD_GRAYSCALE) for number in numbers]

    def figure_of(self, look: int, *, walks: bool) -> int:
        """Return the figure for a person's look; walkers get one with a stride."""
        return self.walkers[look % len(self.walkers)] if walks else look % len(self.figures)

    def sprite_of(self, *, figure: int, phase: int, azimuth_deg: float, depression_deg: float) -> Sprite:
        """Return the sprite nearest to the side from which the figure is seen."""
        step_deg = 360 // self._azimuths
        azimuth = round(azimuth_deg / step_deg) % self._azimuths * step_deg
        depression = self._depressions[bisect(self._between, depression_deg)]
        return self._sprites[figure, phase, azimuth, depression]

    def pixels(self, sprite: Sprite, tint: int) -> Bytes:
        """Return (h, w, 4) BGRA with premultiplied alpha, clothes in the tint's colours."""
        return premultiplied(self.coloured(sprite, tint))

    def coloured(self, sprite: Sprite, tint: int) -> Bytes:
        """Return (h, w, 4) BGRA, not premultiplied, clothes in the tint's colours."""
        return tinted(self.straight(sprite), self.parts(sprite), tint)

    def straight(self, sprite: Sprite) -> Bytes:
        """Return (h, w, 4) BGRA as rendered, clothes grey, not premultiplied; a view."""
        return self._atlases[sprite.atlas][_cut(sprite)]

    def parts(self, sprite: Sprite) -> Bytes:
        """Return which of its pixels (h, w) are tops and bottoms; a view."""
        return self._parts[sprite.atlas][_cut(sprite)]

    def head_m(self, figure: int, phase: int) -> Point:
        """Return the middle of a pose's head: metres to the figure's left, behind it, and up."""
        left, behind, up = self._heads[figure, phase]
        return left, behind, up

    def head_px(self, sprite: Sprite) -> tuple[float, float]:
        """Return where in a sprite the middle of the head is."""
        left, behind, up = self.head_m(sprite.figure, sprite.phase)
        azimuth, depression = math.radians(sprite.azimuth_deg), math.radians(sprite.depression_deg)
        right_m = left * math.cos(azimuth) - behind * math.sin(azimuth)
        towards_m = -left * math.sin(azimuth) - behind * math.cos(azimuth)
        down_m = towards_m * math.sin(depression) - up * math.cos(depression)
        return sprite.anchor_x_px + right_m / self.metres_per_px, sprite.anchor_y_px + down_m / self.metres_per_px

    def outline_m(self, sprite: Sprite) -> Floats:
        """Return the silhouette's outline (n, 2): metres right and up of the ground point, as seen from its side."""
        alpha = self.straight(sprite)[..., 3]
        contours, _ = cv2.findContours((alpha > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        largest = max(contours, key=cv2.contourArea)
        points = cv2.approxPolyDP(largest, OUTLINE_PX, closed=True)[:, 0].astype(np.float64)
        right_m = (points[:, 0] - sprite.anchor_x_px) * self.metres_per_px
        return np.stack([right_m, (sprite.anchor_y_px - points[:, 1]) * self.metres_per_px], axis=1)


def phase_of(*, walked_m: float, speed_m_s: float) -> int:
    """Return the phase of a walker's stride, or standing."""
    if speed_m_s < STANDS_BELOW_M_S:
        return STANDING
    return 1 + math.floor(STRIDE_PHASES * walked_m / STRIDE_M) % STRIDE_PHASES


def premultiplied(straight: Bytes) -> Bytes:
    """Return BGRA (h, w, 4) with colours multiplied by alpha."""
    alpha = straight[..., 3:].astype(np.float32) / 255
    return np.concatenate([np.round(straight[..., :3] * alpha).astype(np.uint8), straight[..., 3:]], axis=2)


def _cut(sprite: Sprite) -> tuple[slice, slice]:
    """Return where in its atlas a sprite lies, rows first."""
    rows = slice(sprite.y_px, sprite.y_px + sprite.height_px)
    return rows, slice(sprite.x_px, sprite.x_px + sprite.width_px)


def _key(row: dict[str, Any]) -> tuple[int, int, int, int]:
    return int(row["figure"]), int(row["phase"]), int(row["azimuth_deg"]), int(row["depression_deg"])


def _atlas_count(rows: list[dict[str, Any]]) -> int:
    return 1 + max(int(row["atlas"]) for row in rows)


def _index(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "sprites.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorldError(f"{folder}: has no sprites.json that can be read; install the project anew") from error
    return dict(found)


def _picture(path: Path, channels: int) -> Bytes:
    found = cv2.imread(str(path), channels)
    if found is None:
        raise WorldError(f"{path}: cannot be read as a picture; install the project anew")
    return np.asarray(found, np.uint8)
