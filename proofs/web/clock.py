"""A clock in the picture that survives redaction: blocks of dark and light, large beside the cap, with a check.

Milliseconds of UTC, the lowest 24 bits (four hours and a half), and 8 bits that check them, in rows of eight blocks.
It stands on ground where nobody walks in the rendered clip. Black and white blocks would be taken for people now and
then; blocks a little darker and lighter than the ground are not. A mask over them makes the clock unreadable, never
wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 8, 4
BLOCK_PX: Final = 40
LEFT_PX, TOP_PX = 20, 130
"""Of its first block, in a picture of 1280 x 720."""
DARK, LIGHT = 118, 168
MIDDLE: Final = (DARK + LIGHT) / 2
CLEAR: Final = 8.0
"""Grey nearer to the middle than this is neither."""
BITS: Final = 24
WRAPS_MS: Final = 1 << BITS
CHECK: Final = 0x5A
NEUTRAL: Final = 128


def _check(milliseconds: int) -> int:
    return (milliseconds ^ (milliseconds >> 8) ^ (milliseconds >> 16) ^ CHECK) & 0xFF


def blocks_of(utc_ms: int) -> NDArray[np.bool_]:
    """Return which blocks are light (ROWS, COLUMNS)."""
    milliseconds = utc_ms % WRAPS_MS
    word = milliseconds << 8 | _check(milliseconds)
    bits = [word >> place & 1 for place in reversed(range(COLUMNS * ROWS))]
    return np.array(bits, bool).reshape(ROWS, COLUMNS)


def draw(luma: NDArray[np.uint8], utc_ms: int) -> None:
    """Draw the clock into the luma of a picture (720, 1280)."""
    levels = np.where(blocks_of(utc_ms), LIGHT, DARK).astype(np.uint8)
    whole = np.kron(levels, np.ones((BLOCK_PX, BLOCK_PX), np.uint8))
    luma[TOP_PX : TOP_PX + whole.shape[0], LEFT_PX : LEFT_PX + whole.shape[1]] = whole


def take_colour_off(chroma: NDArray[np.uint8]) -> None:
    """Make one plane of colour (360, 640) neutral where the clock is drawn: a picture's blocks are grey."""
    top, left, step = TOP_PX // 2, LEFT_PX // 2, BLOCK_PX // 2
    chroma[top : top + ROWS * step, left : left + COLUMNS * step] = NEUTRAL


def age_ms(levels: Sequence[float], seen_utc_ms: float) -> float | None:
    """Return how old a picture is that was seen at an instant, None where its clock cannot be read.

    Args:
        levels: grey in the middle of each block, row by row, 0 to 255.
        seen_utc_ms: milliseconds of UTC.
    """
    word = 0
    for level in levels:
        word = word << 1 | (level > MIDDLE)
    milliseconds, check = word >> 8, word & 0xFF
    is_clear = len(levels) == COLUMNS * ROWS and all(abs(level - MIDDLE) >= CLEAR for level in levels)
    if not is_clear or check != _check(milliseconds):
        return None
    return float((seen_utc_ms - milliseconds + WRAPS_MS / 2) % WRAPS_MS - WRAPS_MS / 2)
