"""Props painted into pictures: all their corners projected at once, the faces that look at the camera filled."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.picture.props import Face
from sitl.picture.shadows import SUBPIXEL_BITS, fixed_point
from sitl.world.shot import Shot
from sitl.world.world import Prop

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenProp:
    """One prop in one picture."""

    depth_m: float
    """Of its middle on the ground, by which it is painted among people."""
    faces: tuple[tuple[Ints, tuple[float, float, float]], ...]
    """Corners in fixed point and shade of each face that is seen."""

    def paint(self, picture: Bytes) -> None:
        """Paint the prop into a picture, uint8 (h, w, 3) BGR."""
        for corners, shade_bgr in self.faces:
            cv2.fillConvexPoly(picture, corners, shade_bgr, cv2.LINE_AA, SUBPIXEL_BITS)

    def hide(self, numbers: NDArray[np.uint16]) -> None:
        """Write 0 into a map of numbers (h, w) where the prop is."""
        for corners, _ in self.faces:
            cv2.fillConvexPoly(numbers, corners, 0, cv2.LINE_8, SUBPIXEL_BITS)


class PropPaint:
    """All props of a world.

    Args:
        props: each with its faces in the world's light.
    """

    def __init__(self, props: list[tuple[Prop, tuple[Face, ...]]]) -> None:
        self._faces = [(number, face) for number, (_, faces) in enumerate(props) for face in faces]
        corners = [np.array([[*prop.middle_m, 0.0]]) for prop, _ in props] + [face.corners_m for _, face in self._faces]
        self._count = len(props)
        self._points = np.concatenate(corners) if corners else np.empty((0, 3))
        self._ends = np.cumsum([len(part) for part in corners])[:-1]
        self._normals = np.array([face.normal for _, face in self._faces]).reshape(-1, 3)
        self._on_face = np.array([face.corners_m[0] for _, face in self._faces]).reshape(-1, 3)

    def seen(self, shot: Shot) -> list[SeenProp]:
        """Return the props as a camera sees them, farthest first."""
        if not self._count:
            return []
        pixels, depth = shot.projected(self._points)
        fixed = np.split(fixed_point(pixels), self._ends)[self._count :]
        starts = np.concatenate([[0], self._ends])
        ahead = np.minimum.reduceat(depth, starts)[self._count :] > 0
        faces_camera = ((shot.place_m - self._on_face) * self._normals).sum(axis=1) > 0
        seen: list[list[tuple[Ints, tuple[float, float, float]]]] = [[] for _ in range(self._count)]
        for (number, face), corners, shown in zip(self._faces, fixed, ahead & faces_camera, strict=True):
            if shown:
                seen[number].append((corners, face.shade_bgr))
        props = [SeenProp(depth_m=float(depth[n]), faces=tuple(faces)) for n, faces in enumerate(seen)]
        return sorted(props, key=lambda prop: -prop.depth_m)
