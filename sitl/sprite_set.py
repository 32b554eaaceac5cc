"""People rendered beforehand from many sides: the atlases of `sitl/sprites`, and which picture to take when."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.errors import WorldError

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

SPRITES_DIR: Final = Path(__file__).parent / "sprites"
TINTS: Final = ((0, 1.0), (35, 0.92), (80, 1.08), (125, 0.85))
"""Turn of the hue (OpenCV: half degrees) of everything that is not skin or hair, and gain in brightness."""
SKIN_HUES: Final = (3, 22)
STRIDE_M: Final = 1.4
"""Two steps."""
STANDS_BELOW_M_S: Final = 0.25
STANDING: Final = 0
"""Phase of a pose that stands; the stride's phases are 1 to 4."""
STRIDE_PHASES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprite:
    """One view of one pose: where it lies in which atlas, and its point on the ground."""

    atlas: int
    x_px: int
    y_px: int
    width_px: int
    height_px: int
    anchor_x_px: float
    anchor_y_px: float
    depression_deg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One person of the set."""

    gait: str
    """`walk` has a stride beside standing, `stand` only stands."""
    height_m: float


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
        self.figures = tuple(Figure(**figure) for figure in index["figures"])
        self.walkers = tuple(number for number, figure in enumerate(self.figures) if figure.gait == "walk")
        rows = [dict(zip(index["columns"], row, strict=True)) for row in index["sprites"]]
        self._azimuths = sorted({int(row["azimuth_deg"]) for row in rows})
        self._depressions = sorted({int(row["depression_deg"]) for row in rows})
        self._sprites = {_key(row): _sprite(row) for row in rows}
        self._atlases = [_picture(folder / f"people_{number}.webp") for number in range(_atlas_count(rows))]
        self.pixels = lru_cache(maxsize=8192)(self._pixels)

    def figure_of(self, look: int, *, walks: bool) -> int:
        """Return the figure for a person's look; walkers get one with a stride."""
        return self.walkers[look % len(self.walkers)] if walks else look % len(self.figures)

    def sprite_of(self, *, figure: int, phase: int, azimuth_deg: float, depression_deg: float) -> Sprite:
        """Return the sprite nearest to the side from which the figure is seen."""
        step_deg = 360 // len(self._azimuths)
        azimuth = round(azimuth_deg / step_deg) % len(self._azimuths) * step_deg
        depression = min(self._depressions, key=lambda known: abs(known - depression_deg))
        return self._sprites[figure, phase, azimuth, depression]

    def _pixels(self, sprite: Sprite, tint: int) -> Bytes:
        """Return (h, w, 4) BGRA with premultiplied alpha, clothes turned to the tint's colours."""
        rows = slice(sprite.y_px, sprite.y_px + sprite.height_px)
        columns = slice(sprite.x_px, sprite.x_px + sprite.width_px)
        cut = self._atlases[sprite.atlas][rows, columns]
        alpha = cut[..., 3:].astype(np.float32) / 255
        colour = _tinted(np.ascontiguousarray(cut[..., :3]), *TINTS[tint])
        return np.concatenate([np.round(colour * alpha).astype(np.uint8), cut[..., 3:]], axis=2)

    def outline_m(self, *, figure: int, phase: int, azimuth_deg: float, depression_deg: float) -> Floats:
        """Return the silhouette's outline (n, 2): metres right and up of the ground point, as seen from that side."""
        sprite = self.sprite_of(figure=figure, phase=phase, azimuth_deg=azimuth_deg, depression_deg=depression_deg)
        return np.asarray(self._outlines(sprite))

    @cached_property
    def _outlines(self) -> Any:
        return lru_cache(maxsize=4096)(self._outline)

    def _outline(self, sprite: Sprite) -> Floats:
        alpha = self.pixels(sprite, 0)[..., 3]
        contours, _ = cv2.findContours((alpha > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        largest = max(contours, key=cv2.contourArea)
        points = cv2.approxPolyDP(largest, 1.0, closed=True)[:, 0].astype(np.float64)
        right_m = (points[:, 0] - sprite.anchor_x_px) * self.metres_per_px
        return np.stack([right_m, (sprite.anchor_y_px - points[:, 1]) * self.metres_per_px], axis=1)


def phase_of(*, walked_m: float, speed_m_s: float) -> int:
    """Return the phase of a walker's stride, or standing."""
    if speed_m_s < STANDS_BELOW_M_S:
        return STANDING
    return 1 + math.floor(STRIDE_PHASES * walked_m / STRIDE_M) % STRIDE_PHASES


def _key(row: dict[str, Any]) -> tuple[int, int, int, int]:
    return int(row["figure"]), int(row["phase"]), int(row["azimuth_deg"]), int(row["depression_deg"])


def _sprite(row: dict[str, Any]) -> Sprite:
    names = ("atlas", "x_px", "y_px", "width_px", "height_px", "anchor_x_px", "anchor_y_px", "depression_deg")
    return Sprite(**{name: row[name] for name in names})


def _atlas_count(rows: list[dict[str, Any]]) -> int:
    return 1 + max(int(row["atlas"]) for row in rows)


def _index(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "sprites.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorldError(f"{folder}: has no sprites.json that can be read; install the project anew") from error
    return dict(found)


def _picture(path: Path) -> Bytes:
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if found is None:
        raise WorldError(f"{path}: cannot be read as a picture; install the project anew")
    return np.asarray(found, np.uint8)


def _tinted(bgr: Bytes, turn: int, gain: float) -> NDArray[np.float32]:
    """Return float32 BGR with every hue but those of skin turned, and all of it brighter or darker."""
    hsv = cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV)
    hue = hsv[..., 0]
    cloth = (hue < SKIN_HUES[0]) | (hue > SKIN_HUES[1])
    hsv[..., 0] = np.where(cloth, (hue.astype(np.int16) + turn) % 180, hue)
    return np.asarray(np.clip(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR).astype(np.float32) * gain, 0, 255), np.float32)
