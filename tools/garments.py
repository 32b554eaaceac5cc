"""Read MakeHuman garments and hang them on a posed body. For the sprite workshop only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Garment:
    """A mesh that hangs on the body's vertices (MakeHuman `.mhclo`)."""

    faces: Ints
    anchors: Ints
    """(n, 3) body vertices that carry each garment vertex."""
    weights: Floats
    offsets: Floats
    scale: dict[str, tuple[int, int, float]]
    covered: frozenset[int]
    """Body vertices that the garment hides."""
    piece: Ints
    """(n,) number of the connected piece, to colour jacket and trousers apart."""


def obj_mesh(path: Path) -> tuple[int, Ints]:
    """Return the number of vertices and the triangles (m, 3) of a Wavefront file."""
    count, faces = 0, []
    for line in path.read_text().splitlines():
        if line.startswith("v "):
            count += 1
        elif line.startswith("f "):
            corner = [int(word.split("/")[0]) - 1 for word in line.split()[1:]]
            faces += [[corner[0], corner[k], corner[k + 1]] for k in range(1, len(corner) - 1)]
    return count, np.array(faces, np.int64)


def connected_pieces(count: int, faces: Ints) -> Ints:
    """Return for each of `count` vertices the smallest vertex of its connected piece."""
    piece = np.arange(count)
    while True:
        lowest = piece[faces].min(axis=1)
        grown = piece.copy()
        np.minimum.at(grown, faces.ravel(), np.repeat(lowest, 3))
        grown = grown[grown]
        if np.array_equal(grown, piece):
            return piece
        piece = grown


def covered_vertices(words: list[str]) -> frozenset[int]:
    """Return the numbers of a `delete_verts` list, where `a - b` is a range with both ends."""
    ranges = re.findall(r"(\d+)(?:\s+-\s+(\d+))?", " ".join(words))
    return frozenset(vertex for first, last in ranges for vertex in range(int(first), int(last or first) + 1))


def garment_row(words: list[str]) -> list[float]:
    """Return three anchors, three weights and three offsets; a lone number means exactly on that vertex."""
    if len(words) == 1:
        return [float(words[0])] * 3 + [1.0, 0, 0, 0, 0, 0]
    return [float(word) for word in words[:9]]


def garment_from(folder: Path) -> Garment:
    """Read the garment of a folder; its mesh is the folder's only `.obj`."""
    rows: list[list[float]] = []
    covered: list[str] = []
    scale: dict[str, tuple[int, int, float]] = {}
    section = ""
    for line in next(folder.glob("*.mhclo")).read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0][1:] == "_scale":
            scale[words[0][0]] = (int(words[1]), int(words[2]), float(words[3]))
        elif not words[0].isdigit():
            section = words[0] if words[0] in {"verts", "delete_verts"} else section
        elif section == "verts":
            rows.append(garment_row(words))
        elif section == "delete_verts":
            covered += words
    table = np.array(rows)
    count, faces = obj_mesh(next(folder.glob("*.obj")))
    return Garment(
        faces=faces,
        anchors=table[:, :3].astype(np.int64),
        weights=table[:, 3:6],
        offsets=table[:, 6:9],
        scale=scale,
        covered=covered_vertices(covered),
        piece=connected_pieces(count, faces),
    )


def triangle_frames(corners: Floats) -> Floats:
    """Return an orthonormal frame (n, 3, 3) for triangles (n, 3, 3)."""
    along = corners[:, 1] - corners[:, 0]
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    normal = np.cross(along, corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    return np.stack([along, np.cross(normal, along), normal], -1)


def dressed(garment: Garment, resting: Floats, posed: Floats) -> Floats:
    """Return the garment's vertices (n, 3) on a posed body (19158, 3), given the same body at rest."""
    axis = {"x": 0, "y": 2, "z": 1}
    size = np.array(
        [abs((resting[a] - resting[b])[axis[k]]) / length for k in "xyz" for a, b, length in [garment.scale[k]]]
    )
    offset = garment.offsets * size
    offset = np.stack([offset[:, 0], -offset[:, 2], offset[:, 1]], 1)
    turn = triangle_frames(posed[garment.anchors]) @ np.swapaxes(triangle_frames(resting[garment.anchors]), 1, 2)
    turn[garment.anchors[:, 0] == garment.anchors[:, 1]] = np.eye(3)
    carried = (posed[garment.anchors] * garment.weights[:, :, None]).sum(1)
    return np.asarray(carried + np.einsum("nij,nj->ni", turn, offset))
