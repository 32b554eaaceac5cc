"""How much of whose head the masks cover: rendered people of different groups on the same places, in the same poses.

Only the sprite differs from group to group, so that each comparison is a paired one. A mask is what the product makes
of several looks: two before the frame and one within the look-ahead behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proofs.intervals import difference, wilson
from proofs.scene import Scene, scene_of
from proofs.wardrobe import SKIN_TONES, Variant, Wardrobe
from sitl.picture.render import Renderer
from sitl.picture.scene import heads_of
from sitl.picture.sprite_set import Figure
from sitl.picture.tints import TINTS
from vision.eyes import Eyes
from vision.masks import Looks, mask_for

Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

COVERED: Final = 0.8
"""Of the head's box must lie under the mask."""
HEAD_HALF_M: Final = (0.10, 0.13)
LOOKED_AT_S: Final = (0.0, 0.2, 0.4)
FRAME_S: Final = 0.3
MOST_PEOPLE: Final = 30
DARK, PALE = 0.05, 0.3
"""Mean linear reflectance of a top below and above which clothes are dark and pale."""
VIEWS: Final = (
    (20, 28), (20, 50), (20, 88), (30, 28), (30, 45), (30, 80),
    (40, 28), (40, 45), (40, 70), (50, 28), (50, 45), (50, 70),
)  # fmt: skip
"""Depression in degrees, height of a person in pixels."""
QUICK_VIEWS: Final = ((20, 30), (30, 45), (40, 70), (50, 50))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Who belongs to a group: what is changed, which figures, which clothes."""

    name: str
    variant: Variant = field(default_factory=Variant)
    figures: tuple[int, ...]
    tints: tuple[int, ...] = tuple(range(len(TINTS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Of one group: heads that were covered, and all."""

    covered: int
    heads: int

    @property
    def share(self) -> float:
        """Return the share covered."""
        return self.covered / max(self.heads, 1)


Coverages = dict[str, dict[str, Coverage]]
"""By grouping, then by group."""


def groupings(figures: tuple[Figure, ...], *, quick: bool) -> dict[str, list[Group]]:
    """Return the groups that are compared with one another."""
    everybody = tuple(range(len(figures)))
    tones = (0, 4, 9) if quick else range(len(SKIN_TONES))
    return {
        "skin": [
            Group(name=f"tone {tone + 1}", figures=everybody, variant=Variant(skin=tone)) for tone in tones
        ],
        "head cover": [
            Group(name="bare", figures=everybody),
            Group(name="hat", figures=everybody, variant=Variant(cover="hat")),
            Group(name="headscarf", figures=everybody, variant=Variant(cover="headscarf")),
            Group(name="mask over the mouth", figures=everybody, variant=Variant(mouth_mask=True)),
        ],
        "clothes": [
            Group(name=name, figures=everybody, tints=tints)
            for name, tints in _by_brightness().items() if not quick or name != "middle"
        ],
        "age": [
            Group(name=age, figures=tuple(number for number in everybody if figures[number].age == age))
            for age in ("child", "adult", "old")
        ],
        "sex": [
            Group(name=sex, figures=tuple(
                number for number in everybody if figures[number].sex == sex and figures[number].age == "adult"))
            for sex in ("female", "male")
        ],
    }  # fmt: skip


def _by_brightness() -> dict[str, tuple[int, ...]]:
    tops = [sum(tint.top) / 3 for tint in TINTS]
    return {
        "dark": tuple(number for number, top in enumerate(tops) if top < DARK),
        "middle": tuple(number for number, top in enumerate(tops) if DARK <= top <= PALE),
        "pale": tuple(number for number, top in enumerate(tops) if top > PALE),
    }


def measured(eyes: Eyes, wardrobe: Wardrobe, *, quick: bool, seed: int) -> Coverages:
    """Return how many heads of each group are covered, over all views."""
    groups = groupings(wardrobe.figures, quick=quick)
    counts = {(kind, group.name): [0, 0] for kind, some in groups.items() for group in some}
    for number, (depression_deg, person_px) in enumerate(QUICK_VIEWS if quick else VIEWS):
        rng = np.random.default_rng([seed, number])
        scene = scene_of(rng, depression_deg=depression_deg, person_px=person_px, most=MOST_PEOPLE)
        for kind, group, covered in _of_scene(eyes, wardrobe, scene, groups, rng):
            counts[kind, group.name][0] += int(covered.sum())
            counts[kind, group.name][1] += len(covered)
    return {
        kind: {group.name: Coverage(covered=hits, heads=n) for group in some for hits, n in [counts[kind, group.name]]}
        for kind, some in groups.items()
    }


def _of_scene(
    eyes: Eyes, wardrobe: Wardrobe, scene: Scene, groups: dict[str, list[Group]], rng: np.random.Generator
) -> Iterator[tuple[str, Group, Bools]]:
    renderer = Renderer(scene.world, wardrobe)
    drawn = rng.random((2, len(scene.walks)))
    for kind, some in groups.items():
        for group in some:
            wardrobe.wear(group.variant, renderer)
            figures, tints = (
                np.array(of)[(share * len(of)).astype(int)]
                for of, share in zip((group.figures, group.tints), drawn, strict=True)
            )
            yield kind, group, covered_heads(eyes, renderer, wardrobe, scene, figures, tints)


def covered_heads(
    eyes: Eyes, renderer: Renderer, wardrobe: Wardrobe, scene: Scene, figures: Ints, tints: Ints
) -> Bools:
    """Return of each person in a scene, between two looks, whether the mask covers the head."""
    looks = Looks()
    for t_s in LOOKED_AT_S:
        picture = renderer.frame(scene.shot, scene.people_at(t_s, figures, tints), round(10 * t_s))
        looks.add(eyes.look(scene.capped(picture, t_s)).look)
    frame = scene.capped(np.zeros_like(picture), FRAME_S)  # a mask asks for the pose only
    mask = mask_for(frame, looks.for_frame(frame.utc_ns))
    placed = renderer.placed(scene.shot, scene.people_at(FRAME_S, figures, tints))
    smaller = frame.width_px / picture.shape[1]
    covered = []
    for (x_px, y_px), one in zip(heads_of(placed, wardrobe).tolist(), placed, strict=True):
        px_per_m = float(np.hypot(*one.across_px)) / wardrobe.metres_per_px
        half_x, half_y = HEAD_HALF_M[0] * px_per_m, HEAD_HALF_M[1] * px_per_m
        head = mask[_span(y_px, half_y, smaller), _span(x_px, half_x, smaller)]
        covered.append(bool(head.size) and float((head > 0).mean()) >= COVERED)
    return np.array(covered, bool)


def _span(middle_px: float, half_px: float, smaller: float) -> slice:
    return slice(max(0, round((middle_px - half_px) * smaller)), max(1, round((middle_px + half_px) * smaller) + 1))


def greatest_gap(groups: dict[str, Coverage]) -> tuple[float, float, float]:
    """Return the gap between the best and the worst covered group in points, and the ends of its interval."""
    best, worst = (pick(groups.values(), key=lambda one: one.share) for pick in (max, min))
    gap, low, high = difference((best.covered, best.heads), (worst.covered, worst.heads))
    return 100 * gap, 100 * low, 100 * high


def share_and_interval(one: Coverage) -> list[float]:
    """Return a group's share covered and its interval, percent."""
    return [round(100 * part, 2) for part in (one.share, *wilson(one.covered, one.heads))]
