"""How alike two pictures of a page are: what stands where, in which colour; not how an edge is smoothed."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

LEVELS: Final = 24
"""Differences up to this, of 255, come of smoothing and of the video's coding."""
BLOCK_PX: Final = 16
MOST_IN_BLOCK: Final = 10
"""Pixels of a block's 256 that may differ: less than one line of 1 px through it."""
NEAR: Final = np.ones((3, 3), np.uint8)


def off_pixels(one: Picture, other: Picture) -> NDArray[np.bool_]:
    """Say which pixels differ from all that the other picture has within 1 px of them: [height, width]."""
    return excess(one, other) | excess(other, one)


def excess(one: Picture, other: Picture) -> NDArray[np.bool_]:
    here = one.astype(np.int16)
    above = here - cv2.dilate(other, NEAR)
    below = cv2.erode(other, NEAR).astype(np.int16) - here
    off: NDArray[np.bool_] = (np.maximum(above, below) > LEVELS).any(axis=2)
    return off


def unlike_blocks(one: Picture, other: Picture) -> list[tuple[int, int]]:
    """Return left and top of each block of `BLOCK_PX` in which too much differs; pictures are [height, width, 3]."""
    off = off_pixels(one, other)
    high, wide = (-size % BLOCK_PX for size in off.shape)
    padded = np.pad(off, ((0, high), (0, wide)))
    rows, columns = (size // BLOCK_PX for size in padded.shape)
    counts = padded.reshape(rows, BLOCK_PX, columns, BLOCK_PX).sum(axis=(1, 3))
    return [(int(x) * BLOCK_PX, int(y) * BLOCK_PX) for y, x in np.argwhere(counts > MOST_IN_BLOCK)]


def marked(one: Picture, other: Picture) -> Picture:
    """Return both pictures and, between them, the first one pale with what differs in black."""
    pale = (255 - (255 - one.astype(np.uint16)) // 4).astype(np.uint8)
    pale[off_pixels(one, other)] = 0
    return np.hstack([other, pale, one])
