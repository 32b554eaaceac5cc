"""A video of a board, picture after picture, becomes the figures of a lens; no picture stays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from vision.lens.choice import chosen
from vision.lens.search import Asked, Search, sharpness
from vision.lens.solve import Lens, LensError, lens_from_views
from vision.lens.verdict import advice, hfov_deg, refuse_too_few, refuse_unfit, unreached
from vision.lens.views import Picture

MOST_LOOKS: Final = 120
"""Pictures in which a board is sought, spread over the video: the sharpest of each stretch."""
UNKNOWN_STRETCH: Final = 5
"""Pictures of a stretch where the container does not say how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """A closed local video of a board."""

    pictures: Iterator[Picture]
    """uint8 (height, width), grey; all of one size."""
    expected: int
    """Pictures, by the container; 0 where it does not say."""


def lens_figures(film: Film, asked: Asked, told: Callable[[int], None]) -> dict[str, Any]:
    """Return the lens that filmed a board, as figures; `told` hears how many pictures are done.

    Raises:
        LensError: the video does not tell the lens; one line with what to film instead.
    """
    search, done, shape = Search(asked), 0, (0, 0)
    stretch = math.ceil(film.expected / MOST_LOOKS) or UNKNOWN_STRETCH
    for length, picture in sharpest(film.pictures, stretch):
        if shape not in ((0, 0), picture.shape):
            raise LensError("the picture changes its size on the way; film in one mode from beginning to end")
        shape = picture.shape
        search.look(picture)
        done += length
        told(done)
    views = search.views()
    refuse_too_few(views, looked=search.looked)
    size = {"width_px": shape[1], "height_px": shape[0]}
    lens = lens_from_views(chosen(views, **size), **size)
    refuse_too_few(lens.views, looked=search.looked)
    refuse_unfit(lens)
    looks = {"pictures_looked_at": search.looked, "pictures_with_the_board": len(views)}
    return {**_figures(lens), "board": search.board, "pictures": done, **looks}


def sharpest(pictures: Iterator[Picture], stretch: int) -> Iterator[tuple[int, Picture]]:
    """Yield the length and the sharpest picture of each stretch of so many pictures; the last may be shorter."""
    best: tuple[float, Picture] | None = None
    length = 0
    for picture in pictures:
        length += 1
        sharp = sharpness(picture) if stretch > 1 else 0.0
        if best is None or sharp > best[0]:
            best = sharp, picture
        if length == stretch:
            yield length, best[1]
            best, length = None, 0
    if best is not None:
        yield length, best[1]


def _figures(lens: Lens) -> dict[str, Any]:
    intrinsics = lens.intrinsics
    size = {"width_px": intrinsics.width_px, "height_px": intrinsics.height_px}
    names = ("fx_px", "fy_px", "cx_px", "cy_px")
    return {
        **size,
        **{name: getattr(intrinsics, name) for name in names},
        "distortion": list(intrinsics.distortion),
        **{f"{name.removesuffix('_px')}_sigma_px": sigma for name, sigma in zip(names, lens.sigma_px, strict=True)},
        "error_px": lens.error_px,
        "hfov_deg": hfov_deg(lens),
        "views": len(lens.views),
        "unreached": unreached(lens.views, **size),
        "advice": advice(lens),
    }
