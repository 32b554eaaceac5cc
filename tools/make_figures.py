"""Build posed, clothed people from CC0 meshes: the first half of the sprite workshop.

Needs `anny`, `torch`, `roma` and numpy (in an environment of its own; never the station's) and the unpacked CC0
assets of the MakeHuman community (`base/clothes`, `base/hair`). Writes one `.npz` a pose (0: standing, 1 to 4: a
stride): parts with vertices (metres, z up, the hips over the origin, facing -y), triangles, a linear colour for each
vertex, and whether the simulator colours the part as a top or a bottom; and the middle of the head.

    python -m tools.make_figures --assets ASSETS/base --out FIGURES --standing 14 --walking 12 --seed 20
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from tools.garments import Floats, Garment, Ints, dressed, garment_from
from tools.looks import CLOTH_GREY, Age, Colour, Look, folds, look_from, pattern_on
from tools.poses import ARMS, Turns, standing_turns, walking_turns

try:
    import anny
    import roma
    import torch
except ImportError as error:
    raise SystemExit(
        f"make_figures: {error.name} is missing; run `pip install torch roma anny==0.6.2` in an environment of its own"
    ) from None

VERTICES_WITH_CLOTHES_PROXIES: Final = 19158
VERTICES_OF_SKIN: Final = 13380
WALK_PHASES: Final = 4
FIXED, TOP, BOTTOM = 0, 1, 2
"""Who colours a part: this workshop, or the simulator as a top or a bottom."""
FOLD_M: Final = 0.006
SHIRT_HALF_M: Final = 0.055
HIPS: Final = (0.49, 0.56)
HEAD: Final = (0.87, 2.0)
"""From where to where on the body, as shares of its height."""
AGES: Final[tuple[Age, ...]] = ("adult", "adult", "adult", "old", "adult", "adult", "child", "adult", "adult", "adult")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One mesh of a figure."""

    vertices: Floats
    faces: Ints
    colour: Floats
    """(n, 3) linear."""
    coloured_as: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One person in one pose, as the model places and sizes it."""

    parts: list[Part]
    ground: Floats
    """(3,) the point of ground below the hips."""
    head: Floats
    """(3,) the middle of the head."""
    scale: float
    """By how much the body has to shrink to be as tall as it should."""


def body_vertices(model: Any, look: Look, turns: Turns) -> Floats:
    """Return the body's vertices (19158, 3) in metres with the joints turned."""
    bones = list(model.bone_labels)
    pose = torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1)
    for bone, axis, degrees in turns:
        turn = roma.rotvec_to_rotmat(torch.tensor(np.radians(degrees) * np.array(axis), dtype=torch.float32))
        pose[0, bones.index(bone), :3, :3] = turn @ pose[0, bones.index(bone), :3, :3]
    vertices = model(pose_parameters=pose, phenotype_kwargs=look.phenotype)["vertices"][0]
    return np.asarray(vertices.detach().numpy(), np.float64)


def skin_faces(model: Any, look: Look) -> Ints:
    """Return the triangles of bare skin that no garment covers."""
    hidden = np.zeros(VERTICES_WITH_CLOTHES_PROXIES, bool)
    hidden[list(look.suit.covered | look.shoes.covered)] = True
    quads = np.asarray(model.faces.numpy())
    quads = quads[(quads.max(1) < VERTICES_OF_SKIN)]
    quads = quads[~hidden[quads].all(1)]
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def normals_of(vertices: Floats, faces: Ints) -> Floats:
    """Return the unit normal (n, 3) at each vertex, outwards where faces run counter-clockwise."""
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    summed = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(summed, faces[:, corner], across)
    return np.asarray(summed / (np.linalg.norm(summed, axis=1, keepdims=True) + 1e-12))


def is_top(suit: Garment, resting_suit: Floats, skin: Floats) -> Any:
    """Return for each face of a suit whether it is of the jacket: by connected pieces, else cut at the hip."""
    hip_m = skin[:, 2].min() + 0.53 * np.ptp(skin[:, 2])
    height = resting_suit[:, 2]
    mean = {piece: height[suit.piece == piece].mean() for piece in np.unique(suit.piece)}
    upper = np.array([mean[piece] > hip_m for piece in suit.piece[suit.faces[:, 0]]])
    if upper.all() or not upper.any():
        upper = height[suit.faces].mean(1) > hip_m - 0.03
    return upper


def suit_parts(look: Look, resting: Floats, posed: Floats, *, seed: int) -> list[Part]:
    """Return jacket, what an open jacket shows, and trousers, with folds in the cloth."""
    suit = look.suit
    rest, vertices = dressed(suit, resting, resting), dressed(suit, resting, posed)
    upper = is_top(suit, rest, resting[:VERTICES_OF_SKIN])
    out = normals_of(vertices, suit.faces)
    creased = FOLD_M * (1 + folds(rest, seed=seed, size_m=0.13))[:, None] * out
    jacket = vertices + creased + look.jacket_m * out
    trousers = vertices + creased
    middle = rest[suit.faces].mean(1)
    front = normals_of(rest, suit.faces)[suit.faces].mean(1)[:, 1] < -0.3
    chest = upper & front & (np.abs(middle[:, 0]) < SHIRT_HALF_M) if look.shirt else np.zeros(len(suit.faces), bool)
    printed = CLOTH_GREY * pattern_on(rest, look.top_pattern, seed=seed)
    worn = CLOTH_GREY * pattern_on(rest, "plain", seed=seed + 5)
    parts = [
        Part(vertices=jacket, faces=suit.faces[upper & ~chest], colour=grey(printed), coloured_as=TOP),
        Part(vertices=trousers, faces=suit.faces[~upper], colour=grey(worn), coloured_as=BOTTOM),
    ]
    if look.shirt:
        parts.append(plain(jacket, suit.faces[chest], look.shirt))
    return parts


def grey(level: Floats) -> Floats:
    """Return grey colours (n, 3) of the given reflectance (n,)."""
    return np.repeat(level[:, None], 3, axis=1)


def plain(vertices: Floats, faces: Ints, colour: Colour) -> Part:
    """Return a part of a single colour that the simulator leaves as it is."""
    return Part(vertices=vertices, faces=faces, colour=np.tile(np.array(colour), (len(vertices), 1)), coloured_as=FIXED)


def rounded_box(middle: Floats, half_m: tuple[float, float, float]) -> tuple[Floats, Ints]:
    """Return vertices and triangles of a box with round edges (a superellipsoid)."""
    rows, columns = np.meshgrid(np.linspace(-np.pi / 2, np.pi / 2, 13), np.linspace(-np.pi, np.pi, 25), indexing="ij")

    def round_(value: Floats) -> Floats:
        return np.sign(value) * np.abs(value) ** 0.45

    unit = [round_(np.cos(rows)) * round_(np.cos(columns)), round_(np.cos(rows)) * round_(np.sin(columns))]
    vertices = np.stack([*unit, round_(np.sin(rows))], -1).reshape(-1, 3) * half_m + middle
    corner = (np.arange(12)[:, None] * 25 + np.arange(24)).ravel()
    halves = [[corner, corner + 1, corner + 26], [corner, corner + 26, corner + 25]]
    return vertices, np.concatenate([np.stack(half, 1) for half in halves])


def bag_parts(look: Look, resting: Floats, posed: Floats) -> list[Part]:
    """Return what somebody carries: on the back, or on the hip."""
    if look.bag == "none":
        return []
    skin = resting[:VERTICES_OF_SKIN]
    tall = np.ptp(skin[:, 2])
    share = (skin[:, 2] - skin[:, 2].min()) / tall
    slim = np.abs(skin[:, 0]) < 0.09 * tall
    if look.bag == "backpack":
        near, half_m, aside = slim & (abs(share - 0.74) < 0.05), (0.15, 0.085, 0.21), np.array([0, 0.075, 0])
        body = posed[:VERTICES_OF_SKIN][near]
        middle = np.array([body[:, 0].mean(), body[:, 1].max(), body[:, 2].mean()]) + aside
    else:
        near, half_m = slim & (abs(share - 0.52) < 0.03), (0.06, 0.14, 0.13)
        body = posed[:VERTICES_OF_SKIN][near]
        middle = np.array([body[:, 0].max() + 0.10, body[:, 1].mean(), body[:, 2].mean()])
    return [plain(*rounded_box(middle, half_m), look.bag_colour)]


def hair_vertices(hair: Garment, resting: Floats, posed: Floats, look: Look) -> Floats:
    """Return the hair's vertices; what falls on the back lies on the jacket, not in it."""
    skin = resting[:VERTICES_OF_SKIN, 2]
    falls = dressed(hair, resting, resting)[:, 2] < skin.min() + 0.86 * np.ptp(skin)
    behind = falls[:, None] * np.array([0, 1.5 * (look.jacket_m + FOLD_M), 0])
    return np.asarray(dressed(hair, resting, posed) + behind)


def pose_of(model: Any, look: Look, turns: Turns, *, seed: int) -> Pose:
    """Return one person in one pose."""
    resting, posed = body_vertices(model, look, []), body_vertices(model, look, turns)
    parts = [plain(posed, skin_faces(model, look), look.skin), *suit_parts(look, resting, posed, seed=seed)]
    parts.append(plain(dressed(look.shoes, resting, posed), look.shoes.faces, look.shoe_colour))
    if look.hair is not None:
        parts.append(plain(hair_vertices(look.hair, resting, posed, look), look.hair.faces, look.hair_colour))
    parts = [part for part in [*parts, *bag_parts(look, resting, posed)] if len(part.faces)]
    hips, head = (middle_of(resting, posed, shares) for shares in (HIPS, HEAD))
    lowest_m = min(part.vertices[np.unique(part.faces), 2].min() for part in parts)
    scale = look.height_m / float(np.ptp(resting[:VERTICES_OF_SKIN, 2]))
    return Pose(parts=parts, ground=np.array([*hips[:2], lowest_m]), head=head, scale=scale)


def middle_of(resting: Floats, posed: Floats, shares: tuple[float, float]) -> Floats:
    """Return the middle (3,) of the trunk or head between two shares of the resting body's height, in the pose."""
    skin = resting[:VERTICES_OF_SKIN]
    tall = np.ptp(skin[:, 2])
    share = (skin[:, 2] - skin[:, 2].min()) / tall
    slim = np.abs(skin[:, 0] - np.median(skin[:, 0])) < 0.11 * tall
    part = posed[:VERTICES_OF_SKIN][(share > shares[0]) & (share < shares[1]) & slim]
    return np.asarray((part.min(0) + part.max(0)) / 2)


def save_pose(path: Path, pose: Pose, *, look: Look, figure: int, gait: str, phase: int) -> None:
    """Write a pose with its soles at z = 0 and its hips over the origin."""
    height_m = max(part.vertices[np.unique(part.faces), 2].max() for part in pose.parts) - pose.ground[2]
    arrays: dict[str, Any] = {"parts": len(pose.parts), "figure": figure, "gait": gait, "phase": phase}
    arrays |= {"sex": look.sex, "age": look.age}
    arrays |= {"height_m": pose.scale * height_m, "head_m": pose.scale * (pose.head - pose.ground)}
    for number, part in enumerate(pose.parts):
        used, renumbered = np.unique(part.faces, return_inverse=True)
        arrays[f"vertices{number}"] = (pose.scale * (part.vertices[used] - pose.ground)).astype(np.float32)
        arrays[f"faces{number}"] = renumbered.reshape(part.faces.shape).astype(np.int32)
        arrays[f"colour{number}"] = part.colour[used].astype(np.float32)
        arrays[f"coloured_as{number}"] = part.coloured_as
    np.savez_compressed(path, **arrays)


def poses_of(rng: np.random.Generator, *, gait: str, arms: str) -> list[Turns]:
    """Return somebody's poses: standing, and of walkers a stride in equal steps."""
    strides = [walking_turns(360.0 / WALK_PHASES * k, arms=arms) for k in range(WALK_PHASES)] if gait == "walk" else []
    return [standing_turns(rng, arms), *strides]


def wardrobe_from(assets: Path) -> dict[str, Garment]:
    """Read all clothes and hair of the unpacked assets.

    Raises:
        SystemExit: there are none.
    """
    folders = [path.parent for kind in ("clothes", "hair") for path in sorted(assets.glob(f"{kind}/*/*.mhclo"))]
    if not folders:
        raise SystemExit(f"make_figures: {assets} has no clothes/*/*.mhclo; unpack MakeHuman's CC0 assets there")
    return {folder.name: garment_from(folder) for folder in dict.fromkeys(folders)}


def main() -> None:
    """Read the arguments, build every figure, say each file's name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--standing", type=int, default=14)
    parser.add_argument("--walking", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    model = anny.Anny(
        rig="makehuman", topology="makehuman-full", local_changes="none", pose_parameterization="local-ref"
    )
    wardrobe = wardrobe_from(asked.assets)
    asked.out.mkdir(parents=True, exist_ok=True)
    for figure in range(asked.standing + asked.walking):
        rng = np.random.default_rng([asked.seed, figure])
        look = look_from(rng, wardrobe, age=AGES[figure % len(AGES)])
        gait, arms = "stand" if figure < asked.standing else "walk", ARMS[figure % len(ARMS)]
        for phase, turns in enumerate(poses_of(rng, gait=gait, arms=arms)):
            path = asked.out / f"figure{figure:02d}_{phase}.npz"
            pose = pose_of(model, look, turns, seed=asked.seed + 100 * figure)
            save_pose(path, pose, look=look, figure=figure, gait=gait, phase=phase)
            print(path.name, flush=True)


if __name__ == "__main__":
    main()
