"""Compares the ground in overlapping photos, inside the sealed room: photos under the cap in, a few figures out.

Points of the ground's texture are matched only where the poses say that they can lie, once for each reading of the two
yaws (as written, half a turn off). Nothing of a picture is kept, and no point leaves: a verdict and a shift a photo do.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.camera import FloatArray
from maps.overlap.block import Block, settled_block
from maps.overlap.views import FLIPS, Ties, View, baseline_m, ground_from_view, turned_half
from maps.overlap.yaw import FEWEST_MATCHES, PairEvidence, Reading, YawVerdict, yaw_evidence
from vision.capped import CappedFrame
from vision.wire import pose_from_line

LONG_SIDE_PX: Final = 800
MOST_POINTS: Final = 1200
LEAST_CONTRAST: Final = 0.01
"""Sand, grass and water are flat: a quarter of what is usual."""
REACH_M: Final = 10.0
"""A point of the other photo lies at most so far from where the poses put it."""
SHIFT_SPREAD_M: Final = 1.5
"""Points agree on one shift within this, the error of yaw and tilt across a picture."""
LIKE_ENOUGH: Final = 0.88
"""Cosine of two descriptions; those of one place reach 0.94 to 0.99, one in a thousand of different places 0.89."""
DISTINCT: Final = 0.8
"""Nearest to second nearest description, as usual (D. G. Lowe, Distinctive image features, 2004)."""
TURN_DEG: Final = 25.0
MOST_PAIRS: Final = 24
_HELLINGER: Final = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class _Texture:
    """Points of one photo's ground, and how it looks about each."""

    view: View
    turns_deg: NDArray[np.float32]
    """(n,) direction of the texture in the picture, clockwise."""
    looks: NDArray[np.float32]
    """(n, 128), of length 1."""


@dataclass(frozen=True, slots=True, eq=False)
class _Like:
    """Points of two photos that look alike: row, column, how much (cosine), and turned by how much."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    alike: NDArray[np.float32]
    turns_deg: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Match:
    """What agrees on one shift in one reading of a pair."""

    reading: Reading
    of_first: NDArray[np.intp]
    of_second: NDArray[np.intp]


def photos_from(told: dict[str, Any]) -> list[tuple[Path, CameraPose]]:
    """Return the photos of a task and their cameras.

    Raises:
        WireError: the task does not name them.
    """
    photos = [(Path(photo["path"]), json.dumps({"pose": photo["pose"]}).encode()) for photo in told["photos"]]
    return [(path, pose) for path, line in photos if (pose := pose_from_line(line)) is not None]


def overlap_figures(frames: Iterable[CappedFrame | None]) -> dict[str, Any]:
    """Return, for each photo: the verdict on its yaw, its shift onto the others, and how well they then fit.

    Args:
        frames: in the order in which the photos were named; None for one that cannot be read.
    """
    textures = [_texture(frame) for frame in frames]
    there = [number for number, texture in enumerate(textures) if texture is not None]
    known = [texture for texture in textures if texture is not None]
    pairs = _pairs([texture.view.pose for texture in known])
    matched = {pair: _matched(known[pair[0]], known[pair[1]], known[0].view.pose) for pair in pairs}
    verdicts = yaw_evidence([_evidence(pair, matches) for pair, matches in matched.items()], len(known))
    block = _block(known, verdicts, matched)
    told = {"verdict": YawVerdict.UNKNOWN.value, "east_m": 0.0, "north_m": 0.0, "yaw_deg": 0.0}
    photos = [dict(told) for _ in textures]
    for number, verdict, shift in zip(there, verdicts, block.shifts, strict=True):
        moved = {"east_m": shift.east_m, "north_m": shift.north_m, "yaw_deg": shift.yaw_deg}
        photos[number] = {"verdict": verdict.value, **moved}
    apart = {"before_m": block.before_m, "after_m": block.after_m}
    return {"photos": photos, **{name: value if math.isfinite(value) else None for name, value in apart.items()}}


def _texture(frame: CappedFrame | None) -> _Texture | None:
    """Find the points of one photo; None without a pose or on ground without texture."""
    if frame is None or frame.pose is None or frame.pixels.ndim != 2:
        return None
    scale = min(1.0, LONG_SIDE_PX / max(frame.width_px, frame.height_px))
    size = (round(frame.width_px * scale), round(frame.height_px * scale))
    small = cv2.resize(frame.pixels, size, interpolation=cv2.INTER_AREA)
    finder = cv2.SIFT.create(nfeatures=MOST_POINTS, contrastThreshold=LEAST_CONTRAST)
    points, looks = finder.detectAndCompute(small, None)
    if looks is None or len(points) < 2:
        return None
    pose = _of_size(frame.pose, size)
    places = np.array([point.pt for point in points], dtype=np.float64)
    shares = looks / np.maximum(looks.sum(axis=1, keepdims=True), _HELLINGER)
    return _Texture(
        View(pose=pose, u_px=places[:, 0], v_px=places[:, 1]),
        np.array([point.angle for point in points], dtype=np.float32),
        np.sqrt(shares).astype(np.float32),
    )


def _of_size(pose: CameraPose, size: tuple[int, int]) -> CameraPose:
    return replace(pose, intrinsics=pose.intrinsics.scaled_to(width_px=size[0], height_px=size[1]))


def _pairs(poses: Sequence[CameraPose]) -> list[tuple[int, int]]:
    """Return the pairs that can overlap, the nearest first, no more than `MOST_PAIRS`."""
    spans = {
        (first, second): baseline_m(poses, first, second) / max(1e-6, _reach_m(poses[first]) + _reach_m(poses[second]))
        for first, second in itertools.combinations(range(len(poses)), 2)
    }
    return sorted((pair for pair, span in spans.items() if span < 1), key=lambda pair: spans[pair])[:MOST_PAIRS]


def _reach_m(pose: CameraPose) -> float:
    """Return how far the picture of a camera that looks down reaches from below it."""
    lens = pose.intrinsics
    return pose.alt_agl_m * math.hypot(lens.width_px / lens.fx_px, lens.height_px / lens.fy_px) / 2


def _matched(first: _Texture, second: _Texture, origin: CameraPose) -> tuple[_Match, ...]:
    """Return the matches of a pair in the four readings of its yaws: neither flipped, second, first, both."""
    alike = first.looks @ second.looks.T
    rows, columns = np.nonzero(alike > LIKE_ENOUGH)
    like = _Like(rows, columns, alike[rows, columns], first.turns_deg[rows] - second.turns_deg[columns])
    turn_deg = first.view.pose.yaw_deg - second.view.pose.yaw_deg
    grounds = [[ground_from_view(texture.view, origin, flipped=flip) for flip in FLIPS] for texture in (first, second)]
    return tuple(
        _agreeing(grounds[0][one], grounds[1][other], like, turn_deg + (0.0 if one == other else 180.0))
        for one, other in itertools.product((0, 1), repeat=2)
    )


def _agreeing(first_m: FloatArray, second_m: FloatArray, like: _Like, turn_deg: float) -> _Match:
    """Return the points that agree on one shift: each matched with the likest within reach, if that one stands out."""
    apart = second_m[like.columns] - first_m[like.rows]
    turned = np.abs((like.turns_deg + turn_deg + 180) % 360 - 180) < TURN_DEG
    within = turned & (np.hypot(apart[:, 0], apart[:, 1]) < REACH_M)
    of_first, of_second = _distinct(like.rows[within], like.columns[within], like.alike[within])
    shifts = second_m[of_second] - first_m[of_first]
    if not len(shifts):
        return _Match(Reading(matches=0, shift_m=0.0), of_first, of_second)
    spread = np.hypot(shifts[:, None, 0] - shifts[None, :, 0], shifts[:, None, 1] - shifts[None, :, 1])
    agree = spread[(spread < SHIFT_SPREAD_M).sum(axis=1).argmax()] < SHIFT_SPREAD_M
    shift_m = float(np.hypot(*np.median(shifts[agree], axis=0)))
    return _Match(Reading(matches=int(agree.sum()), shift_m=shift_m), of_first[agree], of_second[agree])


def _distinct(
    rows: NDArray[np.intp], columns: NDArray[np.intp], alike: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs of points that are each other's likest, where the second likest of a row is clearly less so."""
    order = np.lexsort((-alike, rows))
    rows, columns, alike = rows[order], columns[order], alike[order]
    is_best = np.ones(len(rows), dtype=np.bool_)
    is_best[1:] = rows[1:] != rows[:-1]
    next_best = np.full(len(rows), LIKE_ENOUGH, dtype=np.float32)
    next_best[:-1] = np.where(is_best[1:], LIKE_ENOUGH, alike[1:])
    likest_of_column = np.zeros(columns.max(initial=-1) + 1, dtype=np.float32)
    np.maximum.at(likest_of_column, columns, alike)
    stands_out = is_best & (1 - alike < DISTINCT**2 * (1 - next_best)) & (alike == likest_of_column[columns])
    return rows[stands_out], columns[stands_out]


def _evidence(pair: tuple[int, int], matches: tuple[_Match, ...]) -> PairEvidence:
    none, second, first, both = (match.reading for match in matches)
    return PairEvidence(first=pair[0], second=pair[1], readings=(none, second, first, both))


def _block(
    textures: Sequence[_Texture], verdicts: Sequence[YawVerdict], matched: dict[tuple[int, int], tuple[_Match, ...]]
) -> Block:
    """Shift the photos whose yaw is decided onto each other."""
    flips = [verdict is YawVerdict.FLIPPED for verdict in verdicts]
    views = [
        View(pose=turned_half(texture.view.pose, flipped=flip), u_px=texture.view.u_px, v_px=texture.view.v_px)
        for texture, flip in zip(textures, flips, strict=True)
    ]
    return settled_block(views, list(_ties(verdicts, flips, matched)))


def _ties(
    verdicts: Sequence[YawVerdict], flips: Sequence[bool], matched: dict[tuple[int, int], tuple[_Match, ...]]
) -> Iterator[Ties]:
    for (first, second), matches in matched.items():
        match = matches[2 * flips[first] + flips[second]]
        decided = YawVerdict.UNKNOWN not in (verdicts[first], verdicts[second])
        if decided and match.reading.matches >= FEWEST_MATCHES:
            yield Ties(first=first, second=second, of_first=match.of_first, of_second=match.of_second)
