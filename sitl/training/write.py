"""Writes a set of training pictures: each picture, then its line of truth, so that nothing is half there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.crowd.crowd import Crowd
from sitl.picture.render import Renderer
from sitl.picture.sensor import Sensor
from sitl.picture.sprite_set import SPRITES_DIR, SpriteSet
from sitl.training.exact import Box, SeenPerson, exact_scene
from sitl.training.grounds import GROUNDS_DIR, Photographs
from sitl.training.lens import developed, through
from sitl.training.plan import PicturePlan, StudioPlan, moment_plan, picture_plan, sized
from sitl.training.sets import stage_of
from sitl.training.staging import told_of
from sitl.training.studio import Studio
from sitl.training.wardrobe import DressedSprites
from sitl.training.weather import WeatherChoice
from sitl.world.errors import WorldError
from sitl.world.world import World

Bytes = NDArray[np.uint8]

IMAGES: Final = "images"
TRUTH: Final = "truth.jsonl"
MANIFEST: Final = "manifest.json"
VISIBLE_SHARE: Final = 0.3
"""Who is hidden by more than the rest stands in `hidden`, not in `boxes`."""
LONGEST_INSTANT_S: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is rendered."""

    pictures: int
    folder: Path
    seed: int
    width_px: int
    height_px: int
    world: World
    """Its camera, home and, where `keeps_world` says so, everything else."""
    keeps_world: bool
    light: WeatherChoice | None
    photographs: Photographs | None = None
    """Of ground, beside those that ship with the project and those drawn."""


def prepared(asked: Asked) -> None:
    """Make the folder and its manifest; an unfinished run of the same request is left to go on.

    Raises:
        WorldError: the folder holds something else or a finished run, or cannot be made.
    """
    manifest = json.dumps(manifest_of(asked), indent=2) + "\n"
    try:
        asked.folder.mkdir(parents=True, exist_ok=True)
        if not any(asked.folder.iterdir()):
            (asked.folder / IMAGES).mkdir()
            (asked.folder / MANIFEST).write_text(manifest, encoding="utf-8")
        elif not _is_unfinished(asked, manifest):
            raise WorldError(
                f"--out {asked.folder}: is not empty; name a new folder, so that no picture is overwritten"
            )
    except OSError as error:
        raise WorldError(f"--out {asked.folder}: cannot be written ({error.strerror}); name another folder") from error


def _is_unfinished(asked: Asked, manifest: str) -> bool:
    """Say whether the folder holds a run of the same request that was broken off."""
    begun = asked.folder / MANIFEST
    same = begun.is_file() and begun.read_bytes() == manifest.encode()
    return same and (asked.folder / IMAGES).is_dir() and len(_whole_lines(asked)) < asked.pictures


def _whole_lines(asked: Asked) -> list[bytes]:
    """Return the truth written so far, line by line; a line that was cut off does not count."""
    path = asked.folder / TRUTH
    lines = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
    return [line for line in lines if line.endswith(b"\n")]


def rendered(asked: Asked) -> Iterator[dict[str, Any]]:
    """Yield each picture's line of truth, once both are written; those of an unfinished run first, then go on.

    Raises:
        WorldError: a ground or a sprite cannot be read, or the folder cannot be written.
    """
    sprites, plan_of = DressedSprites(), _plans(asked)
    try:
        done = _whole_lines(asked)
        with (asked.folder / TRUTH).open("a", encoding="utf-8") as truth:
            truth.truncate(sum(map(len, done)))
            yield from map(json.loads, done)
            for number in range(len(done), asked.pictures):
                plan, name = plan_of(number), f"{number:06d}.jpg"
                taken = exact_picture(plan, sprites, number)
                _write_picture(asked.folder / IMAGES / name, taken.pixels, plan.lens.jpeg_quality)
                line = truth_line(name, plan, taken)
                truth.write(json.dumps(line) + "\n")
                truth.flush()
                yield line
    except OSError as error:
        raise WorldError(
            f"--out {asked.folder}: cannot be written ({error.strerror}); make room and give the same command again"
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taken:
    """One picture and what is true about it."""

    pixels: Bytes
    """(height, width, 3) BGR."""
    seen: list[SeenPerson]
    ground: str
    groups: dict[int, dict[str, str]]
    """Of each person, by the number in its placement; none in a world's pictures."""
    things: list[str]
    """Kinds of what stands about and is nobody."""


def exact_picture(plan: PicturePlan, sprites: DressedSprites, number: int) -> Taken:
    """Return a plan's picture."""
    if plan.studio is not None:
        return _studio_picture(plan, plan.studio, sprites, number)
    plain = SpriteSet()
    renderer = Renderer(plan.world, plain)
    scene, seen = exact_scene(renderer, plain, plan.shot, plan.people)
    pixels = renderer.developed(through(plan.lens, scene), plan.shot, number)
    return Taken(pixels=pixels, seen=seen, ground=plan.world.ground.file.name, groups={}, things=[])


def _studio_picture(plan: PicturePlan, studio: StudioPlan, sprites: DressedSprites, number: int) -> Taken:
    air, k = studio.air, plan.shot.intrinsics
    stage = stage_of(
        studio.ground, plan.people, studio.cast, studio.reach_m, studio.m_per_px,
        np.random.default_rng(studio.seed), shadows=1.0 if air.palette.shadow_depth > 0.15 else 0.0,
    )  # fmt: skip
    paints = Studio(stage, air, sprites, -plan.flight.camera_pitch_deg)
    scene, seen = exact_scene(paints, sprites, plan.shot, stage.people)
    sensor = Sensor(plan.world.look, air.palette, (k.width_px, k.height_px), plan.world.seed)
    pixels = developed(plan.lens, sensor.finished(through(plan.lens, scene), plan.shot, number))
    if air.palette.is_thermal:
        pixels = np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)
    groups = {one.placed.person: told_of(one.placed.person, one.placed, stage.cast, sprites) for one in seen}
    things = sorted({one.kind for one in stage.things} | ({"crown"} if stage.crowns else set()))
    return Taken(pixels=pixels, seen=seen, ground=stage.laid.name, groups=groups, things=things)


def truth_line(name: str, plan: PicturePlan, taken: Taken) -> dict[str, Any]:
    """Return one line of truth.

    `boxes` holds what can be seen of each person; `full_boxes`, `heads`, `feet` and `visible_share` go with it, and
    `groups`: of what sex, age, skin, cloth and posture each is, for tables of fairness. `hidden` holds the same of
    those of whom less than `VISIBLE_SHARE` can be seen.
    """
    k, world, seen = plan.shot.intrinsics, plan.world, taken.seen
    shown = [(one, _clipped(one.box, k.width_px, k.height_px)) for one in seen if one.visible_share >= VISIBLE_SHARE]
    kept = [(one, box) for one, box in shown if box is not None]
    hidden = [one for one in seen if one.visible_share < VISIBLE_SHARE]
    return {
        "image": name,
        "width": k.width_px,
        "height": k.height_px,
        "boxes": [[*_rounded(box), "person"] for _, box in kept],
        "full_boxes": [_rounded(one.full_box) for one, _ in kept],
        "heads": [_rounded(one.head_px) for one, _ in kept],
        "feet": [_rounded(one.foot_px) for one, _ in kept],
        "visible_share": [round(one.visible_share, 3) for one, _ in kept],
        "groups": [taken.groups.get(one.placed.person, {}) for one, _ in kept],
        "hidden": [_hidden(one) for one in hidden],
        "pitch_deg": round(plan.flight.camera_pitch_deg, 3),
        "roll_deg": round(plan.flight.camera_roll_deg, 3),
        "agl_m": round(plan.flight.up_m, 3),
        "fx_px": round(k.fx_px, 3),
        "light": plan.weather,
        "visibility_m": round(world.look.visibility_m),
        "sun": {"bearing_deg": round(world.sun.bearing_deg, 1), "elevation_deg": round(world.sun.elevation_deg, 1)},
        "ground": taken.ground,
        "crowd": plan.crowd_kind,
        "things": taken.things,
    }  # fmt: skip


def _hidden(one: SeenPerson) -> dict[str, Any]:
    seen = {"visible_share": round(one.visible_share, 3)}
    return {"full_box": _rounded(one.full_box), "head": _rounded(one.head_px), **seen}


def manifest_of(asked: Asked) -> dict[str, Any]:
    """Return how the set came about and what it is made of."""
    return {
        "made_by": f"groundstation {version('groundstation')}, models render",
        "seed": asked.seed,
        "pictures": asked.pictures,
        "width_px": asked.width_px,
        "height_px": asked.height_px,
        "world": asked.world.name if asked.keeps_world else None,
        "light": asked.light,
        "photographs": None if asked.photographs is None else [file.name for file in asked.photographs.files],
        "visible_share": VISIBLE_SHARE,
        "versions": {name: version(name) for name in ("numpy", "opencv-python-headless")},
        "licences": {
            "sprites": (SPRITES_DIR / "LICENCES.md").read_text(encoding="utf-8"),
            "grounds": (GROUNDS_DIR / "LICENCES.md").read_text(encoding="utf-8"),
            "photographs": None if asked.photographs is None else asked.photographs.licence,
            "drawn": "grounds, things, foliage and light are drawn by this program from the seed: CC0 1.0",
        },
    }


def _plans(asked: Asked) -> Callable[[int], PicturePlan]:
    """Return what draws the picture of a number."""
    world = replace(asked.world, camera=sized(asked.world.camera, asked.width_px, asked.height_px))
    if not asked.keeps_world:
        return lambda number: picture_plan(world, number, asked.seed, asked.light or "day", asked.photographs)
    crowd, longest_s = Crowd(world), min(world.lasts_s, LONGEST_INSTANT_S)

    def of_moment(number: int) -> PicturePlan:
        # in rising order: a crowd that goes on is quicker than one that begins anew
        people = crowd.people_at(longest_s * (number + 0.5) / asked.pictures)
        return moment_plan(world, people, number, asked.seed, asked.light)

    return of_moment


def _write_picture(path: Path, picture: Bytes, quality: int) -> None:
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    path.write_bytes(coded.tobytes())


def _clipped(box: Box | None, width_px: int, height_px: int) -> Box | None:
    """Return the part of a box inside the picture; None where that is nothing."""
    if box is None:
        return None
    left, top = max(box[0], 0.0), max(box[1], 0.0)
    width, height = min(box[0] + box[2], width_px) - left, min(box[1] + box[3], height_px) - top
    return (left, top, width, height) if width > 0 and height > 0 else None


def _rounded(numbers: tuple[float, ...]) -> list[float]:
    return [round(number, 2) for number in numbers]
