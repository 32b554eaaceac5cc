"""Which ground a training picture gets, and the ground laid out: shipped, photographed, or drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.training.layout import Laid, laid_out
from sitl.world.errors import WorldError

Bytes = NDArray[np.uint8]

GROUNDS_DIR: Final = Path(__file__).parents[1] / "grounds"
GROUND_M_PER_PX: Final = 0.035
SHIPPED_SHARE: Final = 0.12
PHOTOGRAPHED_SHARE: Final = 0.42
"""Where there are photographs."""
LARGEST_REACH_M: Final = 24.0
SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp")
TELL_LICENCE: Final = ("PROVENANCE.md", "LICENCES.md", "LICENSE.txt", "LICENSE")
DRAWN: Final = "drawn"
CUTS: Final = 5
"""So many squares are drawn on a photograph; where there is most room for people one is cut out."""
ROOM_M_PER_PX: Final = 0.042
FREE_M: Final = 0.25
"""Where people may stand in a photograph is found at so many metres a pixel."""
ROUGH: Final = 17.0
"""Deviation of grey within a metre above which ground is foliage, rocks or a thing."""
DARK: Final = 42.0
SHORE_BLUE: Final = 0.92
"""Blue over red above which smooth dark ground is taken for water."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photographs:
    """A folder of photographs of ground without people, from straight above."""

    files: tuple[Path, ...]
    metres_per_px: float
    licence: str
    """The text beside them."""


def photographs_in(folder: Path, metres_per_px: float) -> Photographs:
    """Return the photographs of a folder and the text that tells their licence.

    Raises:
        WorldError: there is none, or nothing tells under what licence they are.
    """
    files = tuple(sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES))
    if not files:
        raise WorldError(f"--grounds {folder}: holds no {', '.join(SUFFIXES)}; name a folder of photographs")
    told = [place / name for place in (folder, folder.parent) for name in TELL_LICENCE if (place / name).is_file()]
    if not told:
        raise WorldError(f"--grounds {folder}: nothing tells the licence; put a {TELL_LICENCE[0]} beside the pictures")
    return Photographs(files=files, metres_per_px=metres_per_px, licence=told[0].read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPlan:
    """One picture's ground before it is laid."""

    name: str
    """Of the file, or what is drawn."""
    file: Path | None
    metres_per_px: float
    """Of the file as it is taken here; 0 where the ground is drawn."""
    seed: int


def ground_plan(rng: np.random.Generator, photographs: Photographs | None, reach_m: float) -> GroundPlan:
    """Draw whether a ground is shipped, photographed or drawn, and which.

    Args:
        rng: draws.
        photographs: to choose from.
        reach_m: how far from the picture's middle ground is seen: a picture too small for it would repeat itself.
    """
    drawn, seed = rng.random(), int(rng.integers(1 << 30))
    if reach_m > LARGEST_REACH_M:
        return GroundPlan(name=DRAWN, file=None, metres_per_px=0.0, seed=seed)
    if drawn < SHIPPED_SHARE:
        files = sorted(GROUNDS_DIR.glob("*.webp"))
        file, scale = files[rng.integers(len(files))], GROUND_M_PER_PX
    elif photographs is not None and drawn < SHIPPED_SHARE + PHOTOGRAPHED_SHARE:
        file = photographs.files[rng.integers(len(photographs.files))]
        scale = photographs.metres_per_px * float(np.exp(rng.uniform(np.log(0.75), np.log(1.3))))
    else:
        return GroundPlan(name=DRAWN, file=None, metres_per_px=0.0, seed=seed)
    return GroundPlan(name=file.name, file=file, metres_per_px=scale, seed=seed)


def laid(plan: GroundPlan, metres_per_px: float, side: int, *, shadows: float) -> Laid:
    """Return a square of ground, its middle over home.

    Args:
        plan: of the ground.
        metres_per_px: as fine as the camera can see it.
        side: pixels.
        shadows: how much of what grows may cast shadows on it, 0 to 1.

    Raises:
        WorldError: the picture cannot be read.
    """
    rng = np.random.default_rng(plan.seed)
    if plan.file is None:
        return laid_out(rng, metres_per_px, side, shadows=shadows)
    return _cut(rng, plan, plan.file, metres_per_px, side)


def _cut(rng: np.random.Generator, plan: GroundPlan, file: Path, metres_per_px: float, side: int) -> Laid:
    """Return a square cut out of a picture, turned by quarters and mirrored, of a slightly other colour."""
    whole = _read(str(file), plan.metres_per_px < metres_per_px * 0.6)
    scale = plan.metres_per_px * (2 if plan.metres_per_px < metres_per_px * 0.6 else 1)
    size_px = min(round(side * metres_per_px / scale), *whole.shape[:2])
    top, left = _corner(rng, plan, file, whole.shape[:2], size_px)
    part = np.rot90(whole[top : top + size_px, left : left + size_px], int(rng.integers(4)))
    part = part[:, ::-1] if rng.random() < 0.5 else part
    finer = size_px * scale / side < metres_per_px * 0.98
    across = round(size_px * scale / metres_per_px) if finer else side
    method = cv2.INTER_AREA if scale < metres_per_px else cv2.INTER_CUBIC
    shown = cv2.resize(np.ascontiguousarray(part), (across, across), interpolation=method)
    tone = np.exp(rng.normal(0, 0.12)) * np.exp(rng.normal(0, 0.04, 3))
    picture = np.clip(shown * tone.astype(np.float32), 0, 255).astype(np.uint8)
    return Laid(picture=picture, metres_per_px=metres_per_px, name=plan.name,
                free=_free_of(plan, picture, metres_per_px), shaded=None)  # fmt: skip


def _corner(
    rng: np.random.Generator, plan: GroundPlan, file: Path, shape: tuple[int, ...], size_px: int
) -> tuple[int, int]:
    """Return top and left of the square, of some drawn, on which people have most room."""
    tops, lefts = (rng.integers(0, length - size_px + 1, CUTS) for length in shape)
    room = _room(str(file), plan.file is not None and plan.file.parent == GROUNDS_DIR)
    scale = room.shape[0] / shape[0]
    free = [
        room[
            int(top * scale) : int((top + size_px) * scale) + 1, int(left * scale) : int((left + size_px) * scale) + 1
        ].mean()
        for top, left in zip(tops, lefts, strict=True)
    ]
    best = int(np.argmax(free))
    return int(tops[best]), int(lefts[best])


@lru_cache(maxsize=64)
def _room(file: str, is_free: bool) -> Bytes:
    """Return where on a whole picture people may stand, coarsely."""
    whole = _read(file, True)
    return np.full((8, 8), 255, np.uint8) if is_free else free_ground(whole, ROOM_M_PER_PX)


def _free_of(plan: GroundPlan, picture: Bytes, metres_per_px: float) -> Bytes:
    """Return where people may stand: everywhere on the project's own grounds, which bear neither trees nor water."""
    if plan.file is not None and plan.file.parent == GROUNDS_DIR:
        return np.full((8, 8), 255, np.uint8)
    return free_ground(picture, metres_per_px)


@lru_cache(maxsize=4)
def _read(file: str, halved: bool) -> Bytes:
    found = cv2.imread(file, cv2.IMREAD_REDUCED_COLOR_2 if halved else cv2.IMREAD_COLOR)
    if found is None:
        raise WorldError(f"{file}: cannot be read as a picture; give a JPEG, PNG or WebP")
    return np.asarray(found, np.uint8)


def free_ground(picture: Bytes, metres_per_px: float) -> Bytes:
    """Return where people may stand 255 or 0, `FREE_M` a pixel: where it is smooth, and neither nearly black nor water.

    Crowns of trees, rocks, cars and walls are rough at their edges; closing fills what the edges surround.
    """
    rows, columns = (max(8, round(length * metres_per_px / FREE_M)) for length in picture.shape[:2])
    step = max(1, round(0.06 / metres_per_px))
    middle = cv2.resize(picture, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(middle, cv2.COLOR_BGR2GRAY).astype(np.float32)
    around = max(3, round(1.0 / (step * metres_per_px))) | 1
    mean = cv2.blur(grey, (around, around))
    spread = np.sqrt(np.maximum(cv2.blur(grey * grey, (around, around)) - mean * mean, 0))
    blue, _, red = cv2.split(cv2.blur(middle, (around, around)).astype(np.float32))
    wet = (mean < 95) & (blue > SHORE_BLUE * red) & (spread < 8)
    taken = ((spread > ROUGH) | (mean < DARK) | wet).astype(np.uint8) * 255
    small = (cv2.resize(taken, (columns, rows), interpolation=cv2.INTER_AREA) > 110).astype(np.uint8) * 255
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    return np.asarray(cv2.bitwise_not(closed), np.uint8)
