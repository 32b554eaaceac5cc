"""Pictures with exact truth: who is in them, how they are seen, how densely they stand. Pure, but for reading files."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from groundstation.errors import BadInputError
from vision.recall import span_m
from vision.truth import TruthError, TruthPicture, truth_from_lines

Floats = NDArray[np.float64]

HEAD_M: Final = 1.55
"""Height of the middle of a standing head: heads are brought to the ground by it."""
NEAR_M: Final = 2.0
"""Density about a person: the others within this distance and half of the person, over its circle.

All of the person would be too much where people stand at random, nothing too little where they keep apart."""
ALONE_M: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """How the camera sees the places of people (n,)."""

    depression_deg: Floats
    body_px: Floats
    """Length in the picture of a body that stands there, as `vision.recall` expects it."""
    is_alone: NDArray[np.bool_]
    """Nobody else within `ALONE_M`, seen or hidden."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredPicture:
    """One picture and all that its line of truth tells; what it does not tell is empty or None."""

    truth: TruthPicture
    full_xyxy: Floats
    """(n, 4) of the whole bodies, as if nothing stood before them; else the boxes."""
    hidden_xyxy: Floats
    """(m, 4) of the whole bodies of those who are nearly hidden: to find them is no fault, nor to miss them."""
    per_m2: float | None
    """People about the middle one of them, in the sense of the median; None without a camera."""
    person_px: float | None
    """Length of a standing body in the middle of the picture; None without a camera."""
    stands: Standing | None
    """Where each person stands before the camera; None without one."""
    light: str
    crowd: str
    groups: tuple[dict[str, str], ...]
    """Of each person: kind of group -> group; () where none are told."""


def pictures_from_file(path: Path) -> list[MeasuredPicture]:
    """Return the boxed pictures of a truth file; those of which only a count is told are left out.

    Raises:
        BadInputError: it cannot be read, or a line is none.
    """
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        truths = list(truth_from_lines(lines, name=path.name))
        pairs = [(truth, json.loads(line)) for truth, line in zip(truths, lines, strict=True)]
        return [picture_of(truth, line) for truth, line in pairs if truth.counted is None]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path}: cannot read the truth ({error})") from error
    except (TruthError, ValueError, KeyError, TypeError) as error:
        raise BadInputError(f"{path}: {error}; expected lines as `models render` writes them") from error


def picture_of(truth: TruthPicture, line: dict[str, Any]) -> MeasuredPicture:
    """Return a picture from its line of truth.

    Raises:
        ValueError: what goes with the boxes is not as many as they are.
    """
    people = _of_people(line)
    full = [line["full_boxes"][place] for place in people] if "full_boxes" in line else None
    groups = [line["groups"][place] for place in people] if "groups" in line else []
    hidden = line.get("hidden", [])
    heads = [line["heads"][place] for place in people] + [one["head"] for one in hidden] if "heads" in line else []
    ground = ground_of_heads(truth, np.array(heads, float).reshape(-1, 2))
    return MeasuredPicture(
        truth=truth,
        full_xyxy=truth.xyxy if full is None else corners(full),
        hidden_xyxy=corners([one["full_box"] for one in hidden]),
        per_m2=None if ground is None else density_per_m2(ground),
        person_px=person_px(truth),
        stands=None if ground is None else standing(truth, ground, len(people)),
        light=str(line.get("light", "")),
        crowd=str(line.get("crowd", "")),
        groups=tuple({str(kind): str(name) for kind, name in one.items()} for one in groups),
    )


def _of_people(line: dict[str, Any]) -> list[int]:
    """Return the places of the boxes that hold people; what goes with the boxes lies at the same places."""
    boxes = line["boxes"]
    for name in ("full_boxes", "groups", "heads"):
        if len(line.get(name, boxes)) != len(boxes):
            raise ValueError(f"{line.get('image')}: {len(line[name])} {name} to {len(boxes)} boxes")
    return [place for place, box in enumerate(boxes) if str(box[4]).lower() in {"person", "pedestrian", "head", "face"}]


def corners(boxes: list[list[float]]) -> Floats:
    """Return (n, 4) left, top, right, bottom of boxes [x, y, width, height]."""
    parts = np.array(boxes, float).reshape(-1, 4)
    return np.concatenate([parts[:, :2], parts[:, :2] + parts[:, 2:]], axis=1)


def person_px(truth: TruthPicture) -> float | None:
    """Return the length in pixels of a standing body at the middle of the picture; None without a camera.

    focal length x span / range, the range being height / sin d at the depression d.
    """
    if truth.fx_px is None or truth.depression_deg is None or truth.agl_m is None:
        return None
    down = math.radians(max(truth.depression_deg, 1.0))
    return truth.fx_px * float(span_m(np.array(down))) * math.sin(down) / max(truth.agl_m, 0.1)


def ground_of_heads(truth: TruthPicture, heads_px: Floats) -> Floats | None:
    """Return where heads (n, 2) are over the ground, metres (n, 2) to the right and ahead; None without a camera.

    The camera's ray to a pixel, turned by its roll and depression, meets the level of heads. Above the horizon: NaN.
    """
    if truth.fx_px is None or truth.depression_deg is None or truth.agl_m is None or not len(heads_px):
        return None
    right, down = ((heads_px - (np.array([truth.width_px, truth.height_px]) - 1) / 2) / truth.fx_px).T
    roll, depression = math.radians(truth.roll_deg), math.radians(truth.depression_deg)
    level = right * math.cos(roll) - down * math.sin(roll)
    under = right * math.sin(roll) + down * math.cos(roll)
    falls = math.sin(depression) + under * math.cos(depression)
    ahead = math.cos(depression) - under * math.sin(depression)
    reach = (truth.agl_m - HEAD_M) / np.where(falls > 1e-6, falls, np.nan)
    return np.stack([level * reach, ahead * reach], axis=1)


def standing(truth: TruthPicture, ground_m: Floats, count: int) -> Standing:
    """Return how the camera sees the first `count` of places (n, 2), metres to its right and ahead."""
    along_m = np.hypot(*ground_m[:count].T)
    slant_m = np.hypot(along_m, truth.agl_m or 0.0)
    down = np.arctan2(truth.agl_m or 0.0, along_m)
    near = [(np.hypot(*(ground_m - one).T) <= ALONE_M).sum() for one in ground_m[:count]]
    return Standing(
        depression_deg=np.degrees(down),
        body_px=(truth.fx_px or 0.0) * span_m(down) / slant_m,
        is_alone=np.array(near, int) == 1,
    )


def density_per_m2(ground_m: Floats) -> float:
    """Return the median over people (n, 2) of how densely others stand within `NEAR_M`."""
    near = [(np.hypot(*(ground_m - one).T) <= NEAR_M).sum() - 0.5 for one in ground_m if np.isfinite(one).all()]
    return float(np.median(near)) / (math.pi * NEAR_M**2) if near else 0.0
