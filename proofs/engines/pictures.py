"""Rendered pictures of nobody who exists, in odd sizes, on which engines are compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from proofs.scene import scene_of
from proofs.wardrobe import Wardrobe
from sitl.picture.render import Renderer
from vision.engine import Picture

VIEWS: Final = (
    (25.0, 60.0, (961, 541)),
    (20.0, 140.0, (901, 701)),
    (55.0, 50.0, (641, 479)),
    (85.0, 12.0, (1279, 719)),
)
"""Depression of the camera, height of a standing person and size, width first, in pixels. The second shows faces."""
MOST_PEOPLE: Final = 14


def pictures(seed: int) -> Iterator[Picture]:
    """Yield the views, uint8 (height, width, 3) BGR, the first one also in grey."""
    rng = np.random.default_rng(seed)
    for number, (depression_deg, person_px, size) in enumerate(VIEWS):
        scene = scene_of(rng, depression_deg=depression_deg, person_px=person_px, most=MOST_PEOPLE, size=size)
        count = len(scene.walks)
        people = scene.people_at(0.0, rng.integers(0, 26, count), rng.integers(0, 48, count))
        picture = np.asarray(Renderer(scene.world, Wardrobe()).frame(scene.shot, people, 1), np.uint8)
        yield picture
        if number == 0:
            yield np.ascontiguousarray(picture[..., 1])
