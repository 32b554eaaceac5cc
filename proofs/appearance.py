"""Guarantee 4: whole persons, blind to looks, luma only.

(a) every pixel that is published in `strict` has R = G = B, with the real detector and with one that finds nothing;
(b) where the boxes are the same, so are the bytes, whatever somebody looks like; (c) the real detector, in several
looks as in the product, covers the heads of all groups of people alike. Control: `floor`, which keeps colour.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.mission import RedactionLevel
from proofs.coverage import Coverages, greatest_gap, measured, share_and_interval
from proofs.published import colour_of, digest_of, media_of, pictures_of
from proofs.row import Figure, Finding, Proven, Trial
from proofs.scene import Scene, scene_of
from proofs.wardrobe import AS_RENDERED, SKIN_TONES, Variant, Wardrobe
from sitl.picture.render import Renderer
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.eyes import Eyes
from vision.gate import Gate, Released
from vision.masks import Look
from vision.models.store import models_dir
from vision.room import eyes_from_models

Ints = NDArray[np.int64]
Corners = NDArray[np.float32]

MOST_GAP_POINTS: Final = 1.0
PERSON_PX: Final = 60.0
DEPRESSION_DEG: Final = 30.0
PEOPLE: Final = 8
TINTS_TRIED: Final = (1, 5, 9, 13, 17, 21, 25, 29, 33, 37)
LEAST_DETAIL: Final = 5.0
"""Standard deviation of a published picture in grey levels: below it, nothing was shown and nothing is proven."""


def proved(trial: Trial) -> Proven:
    """Try the three parts, and the control."""
    eyes = eyes_from_models(models_dir(), level=RedactionLevel.STRICT, threads=1)
    trial.told("guarantee 4: colour and bytes")
    rng = np.random.default_rng(trial.seed)
    scene = scene_of(rng, depression_deg=DEPRESSION_DEG, person_px=PERSON_PX, most=PEOPLE)
    figures, tints = rng.integers(0, 26, len(scene.walks)), rng.integers(0, 48, len(scene.walks))
    wardrobe = Wardrobe()
    strict = _blind(eyes, wardrobe, scene, figures, tints, RedactionLevel.STRICT)
    floor = _blind(eyes, wardrobe, scene, figures, tints, RedactionLevel.FLOOR)
    trial.told("guarantee 4: heads covered, group by group")
    return Proven(
        finding=_with_coverage(strict, measured(eyes, wardrobe, quick=trial.quick, seed=trial.seed)),
        control="level `floor`, which covers heads only and keeps colour",
        control_finding=floor,
    )


def _blind(eyes: Eyes, wardrobe: Wardrobe, scene: Scene, figures: Ints, tints: Ints, level: RedactionLevel) -> Finding:
    """Return what parts (a) and (b) find of a level."""
    gate = Gate(mission=scene.mission(), level=level)
    colour = 0
    for shown in _with_and_without_detector(eyes, gate, wardrobe, scene, figures, tints):
        colour = max(colour, *map(colour_of, pictures_of(media_of([shown]))))
    looks, digests = 0, set()
    for frame, boxes in dressed(wardrobe, scene, figures, tints):
        shown = gate.released(frame, [_look(frame, boxes if level is RedactionLevel.STRICT else _heads(boxes))])
        digests.add(digest_of(media_of([_shown(shown), shown])))
        looks += 1
    return Finding(
        holds=colour == 0 and len(digests) == 1,
        evidence=f"R, G and B differ by at most {colour}; {looks} looks of {len(figures)} people in the same boxes "
        f"gave {len(digests)} {'set' if len(digests) == 1 else 'sets'} of published bytes",
        figures={"greatest_colour": colour, "looks_tried": looks, "digests": len(digests)},
    )


def _with_and_without_detector(
    eyes: Eyes, gate: Gate, wardrobe: Wardrobe, scene: Scene, figures: Ints, tints: Ints
) -> Iterator[Released]:
    """Yield the same coloured picture as published with the real detector and with one that finds nothing."""
    renderer = Renderer(scene.world, wardrobe)
    wardrobe.wear(AS_RENDERED, renderer)
    picture = renderer.frame(scene.shot, scene.people_at(0.0, figures, tints), 1)
    frame = scene.capped(picture, 0.0)
    for look in (eyes.look(frame).look, _look(frame, np.empty((0, 4), np.float32))):
        yield _shown(gate.released(frame, [look]))


def _shown(released: Released) -> Released:
    """Return what was released if it shows something.

    Raises:
        ValueError: it does not, and a proof on it would prove nothing.
    """
    if released.closed_because or float(released.picture.std()) < LEAST_DETAIL:
        raise ValueError(f"the gate shows nothing here ({released.closed_because or 'a plain picture'})")
    return released


def variants() -> list[Variant]:
    """Return the looks that are tried beside the one rendered."""
    return [
        AS_RENDERED,
        *(Variant(skin=tone) for tone in range(len(SKIN_TONES))),
        Variant(cover="hat"),
        Variant(cover="headscarf"),
        Variant(mouth_mask=True),
        Variant(top_print="checks"),
        Variant(top_print="stripes"),
        Variant(taller=0.9),
        Variant(taller=1.1),
    ]


def dressed(wardrobe: Wardrobe, scene: Scene, figures: Ints, tints: Ints) -> Iterator[tuple[CappedFrame, Corners]]:
    """Yield the scene in each look, then in other colours, with the boxes (n, 4) of the people as first rendered."""
    renderer = Renderer(scene.world, wardrobe)
    placed = renderer.placed(scene.shot, scene.people_at(0.0, figures, tints))
    corners = np.array([one.box_px for one in placed], np.float32)
    corners[:, 2:] += corners[:, :2]
    looks = [(variant, tints) for variant in variants()]
    looks += [(AS_RENDERED, (tints + more) % 48) for more in TINTS_TRIED]
    for variant, worn in looks:
        wardrobe.wear(variant, renderer)
        picture = renderer.frame(scene.shot, scene.people_at(0.0, figures, worn), 1)
        frame = scene.capped(picture, 0.0)
        yield frame, corners * np.float32(frame.width_px / picture.shape[1])


def _heads(boxes: Corners) -> Corners:
    """Return the upper fifths, as `floor` covers them."""
    upper = boxes.copy()
    upper[:, 3] = boxes[:, 1] + (boxes[:, 3] - boxes[:, 1]) / 5
    return upper


def _look(frame: CappedFrame, xyxy: Corners) -> Look:
    boxes = Boxes(xyxy=xyxy, scores=np.ones(len(xyxy), np.float32))
    return Look(utc_ns=frame.utc_ns, boxes=boxes, pose=frame.pose, bound=frame.bound, cap_px_per_m=frame.cap_px_per_m)


def _with_coverage(blind: Finding, coverages: Coverages) -> Finding:
    gaps = {kind: greatest_gap(groups) for kind, groups in coverages.items()}
    heads = [one for groups in coverages.values() for one in groups.values()]
    covered, n = sum(one.covered for one in heads), sum(one.heads for one in heads)
    widest = max(gaps, key=lambda kind: gaps[kind][0])
    gap, low, high = gaps[widest]
    figures: dict[str, Figure] = {**blind.figures, "heads": n, "heads_covered_percent": round(100 * covered / n, 2)}
    for kind, groups in coverages.items():
        figures[f"gap_points: {kind}"] = [round(part, 2) for part in gaps[kind]]
        figures |= {f"covered_percent: {kind}, {name}": share_and_interval(one) for name, one in groups.items()}
    return Finding(
        holds=blind.holds and gap <= MOST_GAP_POINTS,
        evidence=f"{blind.evidence}; {covered} of {n} heads covered, the widest gap between groups is {gap:.2f} points "
        f"({widest}, 95 % interval {low:.1f} to {high:.1f})",
        figures=figures,
    )
