"""Build posed, clothed people from CC0 meshes: the first half of the sprite workshop.

Needs `anny`, `torch`, `roma` and numpy (in an environment of its own; never the station's) and the unpacked CC0
assets of the MakeHuman community (`base/clothes`, `base/hair`). Writes one `.npz` a pose (0: standing, 1 to 4: a
stride): parts with vertices
(metres, z up, the body's middle over the origin, facing -y), triangles and a linear colour.

    python -m tools.make_figures --assets ASSETS/base --out FIGURES --standing 12 --walking 10 --seed 20
"""

from __future__ import annotations

import argparse
import colorsys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anny
import numpy as np
import roma
import torch

from tools.garments import Floats, Garment, Ints, dressed, garment_from

Colour = tuple[float, float, float]
Part = tuple[Floats, Ints, Colour]

VERTICES_WITH_CLOTHES_PROXIES: Final = 19158
VERTICES_OF_SKIN: Final = 13380
WALK_PHASES: Final = 4
SKIN: Final = [(0.78, 0.57, 0.45), (0.66, 0.45, 0.33), (0.48, 0.30, 0.20), (0.30, 0.18, 0.12), (0.86, 0.66, 0.54)]
HAIR: Final = [(0.03, 0.02, 0.015), (0.10, 0.05, 0.03), (0.25, 0.15, 0.08), (0.45, 0.32, 0.16), (0.5, 0.5, 0.5)]
HAIR_CUTS: Final = {
    "male": ["short01", "short02", "short03", "short04", "afro01"],
    "female": ["bob01", "bob02", "braid01", "long01", "ponytail01"],
}
NOT_ON_A_SQUARE: Final = ("female_sportsuit01",)
X: Final = (1.0, 0.0, 0.0)
Y: Final = (0.0, 1.0, 0.0)
Z: Final = (0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one person looks like, whatever the pose."""

    phenotype: dict[str, float]
    garments: tuple[Garment, Garment]
    hair: Garment | None
    skin: Colour
    hair_colour: Colour
    top: Colour
    bottom: Colour
    shoes: Colour


def cloth_colour(rng: np.random.Generator) -> Colour:
    """Draw a colour as streets show it: many dark, many pale, some bright."""
    kind = rng.random()
    if kind < 0.3:
        dark = float(rng.uniform(0.02, 0.12))
        return (dark, dark, dark * 1.1)
    if kind < 0.5:
        pale = float(rng.uniform(0.5, 0.85))
        return (pale, pale, pale)
    if kind < 0.62:
        return (0.05, 0.08, 0.22)
    return colorsys.hsv_to_rgb(float(rng.random()), float(rng.uniform(0.25, 0.75)), float(rng.uniform(0.08, 0.55)))


def look_from(rng: np.random.Generator, wardrobe: dict[str, Garment]) -> Look:
    """Draw one person; anny counts gender from 0 (male) to 1 (female)."""
    sex = "female" if rng.random() > 0.5 else "male"
    choice = {
        kind: [name for name in sorted(wardrobe) if name.startswith(prefix) and name not in NOT_ON_A_SQUARE]
        for kind, prefix in (("suit", f"{sex}_"), ("shoes", "shoes"))
    }
    suit, shoes = (wardrobe[str(rng.choice(choice[kind]))] for kind in ("suit", "shoes"))
    cut = str(rng.choice(HAIR_CUTS[sex]))
    return Look(
        phenotype={
            "gender": 0.95 if sex == "female" else 0.05,
            "age": float(rng.choice([0.5, 0.6, 0.67, 0.67, 0.75, 0.85, 0.95])),
            "muscle": float(rng.uniform(0.3, 0.7)),
            "weight": float(rng.uniform(0.25, 0.8)),
            "height": float(rng.uniform(0.3, 0.75)),
            "proportions": float(rng.uniform(0.3, 0.7)),
        },
        garments=(suit, shoes),
        hair=wardrobe[cut] if rng.random() < 0.93 else None,
        skin=SKIN[rng.integers(len(SKIN))],
        hair_colour=HAIR[rng.integers(len(HAIR) if cut.startswith("short") else len(HAIR) - 1)],
        top=cloth_colour(rng),
        bottom=cloth_colour(rng),
        shoes=(0.04, 0.04, 0.05) if rng.random() < 0.6 else cloth_colour(rng),
    )


Turns = list[tuple[str, tuple[float, float, float], float]]


def standing_turns(rng: np.random.Generator) -> Turns:
    """Return joint turns (bone, axis, degrees) of somebody who stands and perhaps holds a telephone."""
    turns: Turns = [("neck01", X, rng.uniform(-8, 22)), ("head", Z, rng.uniform(-35, 35)), ("spine03", X, 4.0)]
    for side, sign in (("L", 1), ("R", -1)):
        turns += [(f"upperarm01.{side}", Y, sign * rng.uniform(30, 42))]
        turns += [(f"upperarm01.{side}", X, rng.uniform(-25, 12))]
        if rng.random() < 0.4:
            turns += [(f"lowerarm01.{side}", X, -rng.uniform(30, 100))]
    return turns


def walking_turns(phase_deg: float) -> Turns:
    """Return joint turns of a stride: thighs swing against each other, the knee of the leg in the air bends."""
    turns: Turns = [("neck01", X, 5.0), ("spine03", X, 5.0)]
    for side, sign, lag_deg in (("L", 1, 0.0), ("R", -1, 180.0)):
        angle = np.radians(phase_deg + lag_deg)
        swing_deg, knee_deg = -26 * np.sin(angle), 7 + 45 * max(0.0, np.cos(angle))
        turns += [(f"upperleg01.{side}", X, swing_deg - 0.25 * knee_deg), (f"lowerleg01.{side}", X, knee_deg)]
        turns += [(f"upperarm01.{side}", Y, sign * 38.0), (f"upperarm01.{side}", X, -0.8 * swing_deg)]
        turns += [(f"lowerarm01.{side}", X, -18.0)]
    return turns


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
    hidden[list(frozenset().union(*(garment.covered for garment in look.garments)))] = True
    quads = np.asarray(model.faces.numpy())
    quads = quads[(quads.max(1) < VERTICES_OF_SKIN)]
    quads = quads[~hidden[quads].all(1)]
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def suit_parts(suit: Garment, resting: Floats, posed: Floats, look: Look) -> list[Part]:
    """Return jacket and trousers: by connected pieces where they are apart, else cut at the hip."""
    skin = resting[:VERTICES_OF_SKIN, 2]
    hip_m = skin.min() + 0.53 * (skin.max() - skin.min())
    height = dressed(suit, resting, resting)[:, 2]
    mean = {piece: height[suit.piece == piece].mean() for piece in np.unique(suit.piece)}
    upper = np.array([mean[piece] > hip_m for piece in suit.piece[suit.faces[:, 0]]])
    if upper.all() or not upper.any():
        upper = height[suit.faces].mean(1) > hip_m + 0.02
    vertices = dressed(suit, resting, posed)
    return [(vertices, suit.faces[upper], look.top), (vertices, suit.faces[~upper], look.bottom)]


def figure_parts(model: Any, look: Look, turns: Turns) -> list[Part]:
    """Return all parts of one person in one pose, as the model places them."""
    resting, posed = body_vertices(model, look, []), body_vertices(model, look, turns)
    suit, shoes = look.garments
    parts: list[Part] = [(posed, skin_faces(model, look), look.skin), *suit_parts(suit, resting, posed, look)]
    parts.append((dressed(shoes, resting, posed), shoes.faces, look.shoes))
    if look.hair is not None:
        parts.append((dressed(look.hair, resting, posed), look.hair.faces, look.hair_colour))
    return [part for part in parts if len(part[1])]


def save_figure(path: Path, parts: list[Part], *, gait: str, phase: int) -> None:
    """Write a pose with its soles at z = 0 and its middle over the origin."""
    points = np.concatenate([vertices[np.unique(faces)] for vertices, faces, _ in parts])
    origin = np.array([*(points[:, :2].min(0) + points[:, :2].max(0)) / 2, points[:, 2].min()])
    arrays: dict[str, Any] = {"parts": len(parts), "gait": gait, "phase": phase, "height_m": np.ptp(points[:, 2])}
    for number, (vertices, faces, colour) in enumerate(parts):
        used, renumbered = np.unique(faces, return_inverse=True)
        arrays[f"vertices{number}"] = (vertices[used] - origin).astype(np.float32)
        arrays[f"faces{number}"] = renumbered.reshape(faces.shape).astype(np.int32)
        arrays[f"colour{number}"] = np.array(colour, np.float32)
    np.savez_compressed(path, **arrays)


def main() -> None:
    """Read the arguments, build every figure, say each file's name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--standing", type=int, default=12)
    parser.add_argument("--walking", type=int, default=10)
    parser.add_argument("--seed", type=int, default=20)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    model = anny.Anny(
        rig="makehuman", topology="makehuman-full", local_changes="none", pose_parameterization="local-ref"
    )
    folders = [path.parent for kind in ("clothes", "hair") for path in sorted(asked.assets.glob(f"{kind}/*/*.mhclo"))]
    wardrobe = {folder.name: garment_from(folder) for folder in dict.fromkeys(folders)}
    rng = np.random.default_rng(asked.seed)
    asked.out.mkdir(parents=True, exist_ok=True)
    for figure in range(asked.standing + asked.walking):
        look, gait = look_from(rng, wardrobe), "stand" if figure < asked.standing else "walk"
        strides = [walking_turns(360.0 / WALK_PHASES * k) for k in range(WALK_PHASES)] if gait == "walk" else []
        poses = [standing_turns(rng), *strides]
        for phase, turns in enumerate(poses):
            path = asked.out / f"figure{figure:02d}_{phase}.npz"
            save_figure(path, figure_parts(model, look, turns), gait=gait, phase=phase)
            print(path.name, flush=True)


if __name__ == "__main__":
    main()
