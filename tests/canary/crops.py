"""Crops of rendered people at their true places: from raw pictures, and from what gate 1 publishes of them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from proofs.scene import scene_of
from proofs.wardrobe import Wardrobe
from sitl.picture.render import Renderer
from tests.canary.attackers import Bytes
from vision.encode import jpeg
from vision.eyes import Eyes
from vision.gate import Gate

Ints = NDArray[np.int64]

WIDTH_PX, HEIGHT_PX = 24, 48
PERSON_PX = 55.0
DEPRESSION_DEG = 30.0
AROUND = 1.25
HIDDEN_SHARE = 0.5
"""Of somebody's box that must be fill, or the detector has missed them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crops:
    """Of one scene, one of each person, in the order of the identities."""

    raw: Bytes
    """(n, 48, 24, 3) BGR."""
    published: Bytes
    """(n, 48, 24, 3), grey in `strict`."""
    missed: NDArray[np.bool_]
    """(n,): whom the detector did not find, so that they are shown."""


def crops_of(eyes: Eyes, wardrobe: Wardrobe, figures: Ints, tints: Ints, seed: int) -> Crops:
    """Return crops of these identities, each at a random place with a random heading, in a picture of its own."""
    rng = np.random.default_rng(seed)
    scene = scene_of(rng, depression_deg=DEPRESSION_DEG, person_px=PERSON_PX, most=len(figures))
    if len(scene.walks) < len(figures):
        raise ValueError(f"room for {len(scene.walks)} of {len(figures)}; draw another seed")
    renderer = Renderer(scene.world, wardrobe)
    people = scene.people_at(0.0, figures, tints)
    picture = renderer.frame(scene.shot, people, 1)
    frame = scene.capped(picture, 0.0)
    released = Gate(mission=scene.mission()).released(frame, [eyes.look(frame).look])
    size = (picture.shape[1], picture.shape[0])
    sized = cv2.resize(released.picture, size, interpolation=cv2.INTER_LINEAR)
    shown = cv2.imdecode(np.frombuffer(jpeg(np.asarray(sized, np.uint8)), np.uint8), cv2.IMREAD_COLOR)
    hidden = cv2.resize(released.hidden, size, interpolation=cv2.INTER_NEAREST)
    boxes = {one.person: one.box_px for one in renderer.placed(scene.shot, people)}
    ordered = [boxes[person] for person in range(len(figures))]
    return Crops(
        raw=np.stack([_crop(picture, box) for box in ordered]),
        published=np.stack([_crop(np.asarray(shown, np.uint8), box) for box in ordered]),
        missed=np.array([_hidden_share(np.asarray(hidden, np.uint8), box) < HIDDEN_SHARE for box in ordered]),
    )


def _hidden_share(hidden: Bytes, box: tuple[float, float, float, float]) -> float:
    return float((_crop(hidden, box) > 0).mean())


def _crop(picture: Bytes, box: tuple[float, float, float, float]) -> Bytes:
    """Return what is about a person's true foot and height, in one size: twice as high as wide."""
    left, top, width, height = box
    half_y = height * AROUND / 2
    half_x = half_y / 2
    middle_x, middle_y = left + width / 2, top + height / 2
    x0, x1 = max(0, round(middle_x - half_x)), round(middle_x + half_x)
    y0, y1 = max(0, round(middle_y - half_y)), round(middle_y + half_y)
    found = cv2.resize(picture[y0:y1, x0:x1], (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(found, np.uint8)
