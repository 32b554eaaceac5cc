"""What is planted in the canary world, where it is at any instant, and decoys that are not: the truth of the search."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import Crowd
from sitl.picture.canary_paint import CanaryPaint, SeenCanary
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.vehicle.flown import true_flight_of
from sitl.world.canary import CLOTHS, Canary
from sitl.world.file import load_world
from sitl.world.shot import Shot, shot_from
from tests.canary.attackers import Bytes, crop, grey

WORLD: Final = Path(__file__).parents[2] / "sitl" / "worlds" / "canary.toml"
DECOY_PLATES: Final = ("QM-305-WF", "HV-661-LJ", "NS-824-PC", "TE-139-YB", "UA-750-DK")
DECOYS: Final = len(DECOY_PLATES)


def other(canary: Canary, number: int) -> Canary:
    """Return something of the same kind in the same place that is not planted: a decoy."""
    if canary.kind == "plate":
        return replace(canary, text=DECOY_PLATES[number])
    # another face and print; the body stays, for a figure is chosen by the seed modulo 4
    return replace(canary, seed=canary.seed + 4 * (11 + number), cloth=CLOTHS[number % len(CLOTHS)])


class Planted:
    """The world, rendered at will."""

    def __init__(self) -> None:
        self.world, self.sprites = load_world(WORLD), SpriteSet()
        self.flight_at = true_flight_of(self.world, self.world.vehicles[0])
        self._drawn = Renderer(self.world, self.sprites)
        self.own, self.nobody = self._drawn.canaries, CanaryPaint((), self.sprites)
        self.decoys = [
            CanaryPaint(tuple(other(one, k) for one in self.world.canaries), self.sprites) for k in range(DECOYS)
        ]
        self.crowd = Crowd(self.world)

    def shot(self, t_s: float) -> Shot:
        return shot_from(self.flight_at(t_s), self.world.camera.intrinsics)

    def seen(self, t_s: float) -> list[SeenCanary]:
        return self.own.seen(self.shot(t_s))

    def picture(self, t_s: float, canaries: CanaryPaint | None = None) -> Bytes:
        """Return what the camera sees at an instant, with what is planted or with something else in its place."""
        self._drawn.canaries = canaries or self.own
        return self._drawn.frame(self.shot(t_s), self.crowd.people_at(t_s), round(t_s * self.world.camera.fps))

    def faces(self, t_s: float) -> list[NDArray[np.float64]]:
        return [one.parts_px["face"] for one in self.seen(t_s) if "face" in one.parts_px]

    def templates(self, t_s: float) -> dict[tuple[str, str], list[Bytes]]:
        """Return for each part of each canary its raw picture, grey, then those of its decoys in the same place."""
        pictures = [grey(self.picture(t_s, canaries)) for canaries in (self.own, *self.decoys)]
        return {
            (one.canary.name, part): [crop(picture, outline) for picture in pictures]
            for one in self.seen(t_s)
            for part, outline in one.parts_px.items()
        }
