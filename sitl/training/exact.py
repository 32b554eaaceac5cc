"""The exact mode: pictures composed at twice their size, and for each person what of the body can really be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import People
from sitl.picture.body_paint import BodyPaint
from sitl.picture.scene import Placement, heads_of
from sitl.picture.shadows import SUBPIXEL_BITS
from sitl.picture.sprite_set import SpriteSet
from sitl.training.things import SeenThing
from sitl.world.shot import Shot

Bytes = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels; the picture's corner is at 0, 0."""

FINER: Final = 2
"""Pictures are composed at so many times their size and averaged."""
SOLID: Final = 127
"""A pixel with more alpha than this is the body's."""
UNCUT: Final = 1_000_000
"""Pixels: a window that cuts nothing off."""


class Hides(Protocol):
    """What is painted among people."""

    def hide(self, numbers: NDArray[np.uint16]) -> None:
        """Write 0 into a map of numbers (h, w) where it is."""


class Paints(Protocol):
    """What paints scenes: the simulator's renderer, or a studio."""

    bodies: BodyPaint

    def placed(self, shot: Shot, people: People) -> list[Placement]:
        """Return everybody in the picture, farthest first."""

    def scene(self, shot: Shot, people: People, placed: list[Placement], size: tuple[int, int]) -> Bytes:
        """Return what the lens sees, uint8 (height, width, 3) BGR."""

    def items(self, shot: Shot, placed: list[Placement]) -> Sequence[Placement | Hides]:
        """Return people and what is among them, farthest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPerson:
    """One person in one picture."""

    placed: Placement

    box: Box | None
    """Of what can be seen; None where nothing can."""
    full_box: Box
    """Of the whole body, as if nothing stood before it; may run over the edge."""
    head_px: tuple[float, float]
    """Middle of the head, pixel centres at integers."""
    foot_px: tuple[float, float]
    """Of the point of ground below the hips, likewise."""
    visible_share: float
    """Of the whole body's pixels."""


def finer_shot(shot: Shot) -> Shot:
    """Return the same camera for a picture `FINER` times as large."""
    k = shot.intrinsics
    return replace(shot, intrinsics=k.scaled_to(width_px=k.width_px * FINER, height_px=k.height_px * FINER))


def exact_scene(renderer: Paints, sprites: SpriteSet, shot: Shot, people: People) -> tuple[Bytes, list[SeenPerson]]:
    """Return what the lens sees, uint8 (height, width, 3) BGR without haze and noise, and everybody in it."""
    finer = finer_shot(shot)
    size = (finer.intrinsics.width_px, finer.intrinsics.height_px)
    placed = renderer.placed(finer, people)
    picture = renderer.scene(finer, people, placed, size)
    seen = seen_people(renderer, finer, placed, sprites)
    target = (shot.intrinsics.width_px, shot.intrinsics.height_px)
    return np.asarray(cv2.resize(picture, target, interpolation=cv2.INTER_AREA), np.uint8), seen


def seen_people(renderer: Paints, finer: Shot, placed: list[Placement], sprites: SpriteSet) -> list[SeenPerson]:
    """Return everybody whose body reaches into the picture, nearest last."""
    numbers = np.zeros((finer.intrinsics.height_px, finer.intrinsics.width_px), np.uint16)
    heads, number_of = heads_of(placed, sprites), {one.person: number for number, one in enumerate(placed, start=1)}
    whole: dict[int, tuple[Box, int]] = {}
    for item in renderer.items(finer, placed):
        if isinstance(item, Placement):
            number = number_of[item.person]
            whole[number] = _numbered(renderer, item, numbers, number)
        elif isinstance(item, SeenThing):
            _write_thing(item, numbers, number_of, whole)
        else:
            item.hide(numbers)
    visible = _visible(numbers, len(placed))
    picture = numbers.shape[1], numbers.shape[0]
    return [
        _seen(box, area, visible.get(number), head, one)
        for number, (head, one) in enumerate(zip(heads.tolist(), placed, strict=True), start=1)
        for box, area in [whole[number]]
        if box[0] < picture[0] and box[1] < picture[1] and box[0] + box[2] > 0 and box[1] + box[3] > 0
    ]


def _write_thing(
    thing: SeenThing, numbers: NDArray[np.uint16], number_of: dict[int, int], whole: dict[int, tuple[Box, int]]
) -> None:
    """Write 0 where a thing is, or the number of whom it belongs to, whose body it then adds to."""
    number = 0 if thing.person is None else number_of.get(thing.person, 0)
    if number in whole:
        before = int((numbers == number).sum())
        thing.hide(numbers, number)
        more = np.concatenate([corners for corners, _ in thing.fills]) / (1 << SUBPIXEL_BITS)
        (left, top, width, height), area = whole[number]
        low = np.minimum(np.floor(more.min(axis=0)), (left, top))
        high = np.maximum(np.ceil(more.max(axis=0)) + 1, (left + width, top + height))
        grown = area - before + int((numbers == number).sum())
        whole[number] = (float(low[0]), float(low[1]), *map(float, high - low)), max(grown, 1)  # type: ignore[assignment]  # four numbers
        return
    thing.hide(numbers)


def _numbered(renderer: Paints, one: Placement, numbers: NDArray[np.uint16], number: int) -> tuple[Box, int]:
    """Write a person's number where the body is; return the whole body's box and area in finer pixels."""
    patch = renderer.bodies.patch(one, 0, (-UNCUT, -UNCUT, UNCUT, UNCUT))
    if patch is None:
        return (*one.box_px[:2], 0.0, 0.0), 0
    solid = patch.pixels[..., 3] > SOLID
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not len(rows):
        return (*one.box_px[:2], 0.0, 0.0), 0
    top, left = max(0, -patch.y_px), max(0, -patch.x_px)
    inside = numbers[max(0, patch.y_px) : max(0, patch.y_px + solid.shape[0]),
                     max(0, patch.x_px) : max(0, patch.x_px + solid.shape[1])]  # fmt: skip
    inside[solid[top : top + inside.shape[0], left : left + inside.shape[1]]] = number
    box = (
        float(patch.x_px + columns[0]),
        float(patch.y_px + rows[0]),
        float(columns[-1] - columns[0] + 1),
        float(rows[-1] - rows[0] + 1),
    )
    return box, int(solid.sum())


def _visible(numbers: NDArray[np.uint16], count: int) -> dict[int, tuple[Box, int]]:
    """Return for each number in the map its box and its area."""
    rows, columns = np.nonzero(numbers)
    found = numbers[rows, columns]
    area = np.bincount(found, minlength=count + 1)
    low, high = np.full((count + 1, 2), UNCUT), np.full((count + 1, 2), -1)
    points = np.stack([columns, rows], axis=1)
    np.minimum.at(low, found, points)
    np.maximum.at(high, found, points)
    return {
        number: ((*map(float, low[number]), *map(float, high[number] - low[number] + 1)), int(area[number]))  # type: ignore[misc]  # four numbers
        for number in np.flatnonzero(area).tolist()
    }


def _seen(box: Box, area: int, visible: tuple[Box, int] | None, head: list[float], one: Placement) -> SeenPerson:
    return SeenPerson(
        placed=one,
        box=None if visible is None else _smaller(visible[0]),
        full_box=_smaller(box),
        head_px=((head[0] + 0.5) / FINER - 0.5, (head[1] + 0.5) / FINER - 0.5),
        foot_px=((one.foot_x_px + 0.5) / FINER - 0.5, (one.foot_y_px + 0.5) / FINER - 0.5),
        visible_share=0.0 if visible is None or not area else visible[1] / area,
    )


def _smaller(box: Box) -> Box:
    left, top, width, height = (part / FINER for part in box)
    return left, top, width, height
