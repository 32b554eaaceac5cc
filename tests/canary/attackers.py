"""Attackers that search pictures and bytes for canaries: faces, prints, plates, runs of raw bytes. Test-only."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.picture.canary_texture import PLATE_FONT, PLATE_INK_PX, PLATE_PX
from vision.detectors import FaceDetector

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""

WINDOW: Final = 32
"""Bytes of a run: by chance two of these are never alike."""
HEAD: Final = 8
TEXT_ENDS: Final = 128
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
BLUR_PX: Final = 6.0
ALIKE: Final = 3
"""Grey levels by which a blurred raw picture and a published one may differ where they are the same."""
SHIFT_PX: Final = 10
"""By how much the plate may lie elsewhere than thought, in its own pixels."""


def runs_of(data: bytes, *, every: int) -> NDArray[np.uint8]:
    """Return runs (n, WINDOW) of some bytes that are varied enough to be known again."""
    whole = np.frombuffer(data, np.uint8)
    starts = np.arange(0, max(0, len(whole) - WINDOW), every)
    runs = whole[starts[:, None] + np.arange(WINDOW)] if len(starts) else np.empty((0, WINDOW), np.uint8)
    varied = (np.diff(np.sort(runs, axis=1), axis=1) > 0).sum(axis=1) >= WINDOW // 2
    varied &= (runs >= TEXT_ENDS).sum(axis=1) >= WINDOW // 4  # encoders write their settings as text
    return np.asarray(runs[varied], np.uint8)


def found_runs(haystack: bytes, runs: NDArray[np.uint8]) -> int:
    """Return how many of the runs occur in some bytes, at any offset."""
    if len(haystack) < WINDOW or not len(runs):
        return 0
    whole = np.frombuffer(haystack, np.uint8)
    heads = np.unique(np.ascontiguousarray(runs[:, :HEAD]).view(np.uint64).ravel())
    at_offset = [whole[k : k + (len(whole) - k) // HEAD * HEAD].view(np.uint64) for k in range(HEAD)]
    met = np.concatenate([np.flatnonzero(np.isin(words, heads)) * HEAD + k for k, words in enumerate(at_offset)])
    there = {haystack[start : start + WINDOW] for start in met.tolist()}
    return sum(run.tobytes() in there for run in runs)


def faces(detector: FaceDetector, picture: Bytes, *, scales: Iterable[float], threshold: float) -> Floats:
    """Return left, top, right, bottom, score (n, 5) of all faces at several scales."""
    found = [detector.find(picture, threshold=threshold, scale=scale) for scale in scales]
    return np.concatenate([np.column_stack([one.xyxy, one.scores]) for one in found]).astype(np.float64)


def hits(found: Floats, truth: list[Floats]) -> int:
    """Return how many outlines (4, 2) hold the middle of something found that is about as large."""
    count = 0
    for outline in truth:
        (left, top), (right, bottom) = outline.min(axis=0), outline.max(axis=0)
        middle_x, middle_y = (found[:, 0] + found[:, 2]) / 2, (found[:, 1] + found[:, 3]) / 2
        size = (found[:, 2] - found[:, 0]) / (right - left)
        inside = (middle_x > left) & (middle_x < right) & (middle_y > top) & (middle_y < bottom)
        count += bool((inside & (size > 0.4) & (size < 2.5)).any())
    return count


def likest(picture: Bytes, among: list[Bytes]) -> int:
    """Return which raw picture a published one was made of: where nothing covers them, they are alike when blurred."""
    seen, *raw = (
        cv2.resize(cv2.GaussianBlur(grey(one), (0, 0), BLUR_PX), None, fx=0.25, fy=0.25).astype(np.int16)
        for one in (picture, *among)
    )
    return int(np.argmax([(np.abs(one - seen) <= ALIKE).mean() for one in raw]))


def grey(picture: Bytes) -> Bytes:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8) if picture.ndim == 3 else picture


def crop(picture: Bytes, outline: Floats, *, wider: float = 1.0) -> Bytes:
    """Return what an outline (4, 2) bounds, inside the picture."""
    middle = outline.mean(axis=0)
    half = (outline.max(axis=0) - outline.min(axis=0)) / 2 * wider
    left, top = np.maximum(np.round(middle - half), 0).astype(int)
    right, bottom = np.round(middle + half).astype(int) + 1
    return picture[top:bottom, left:right]


def likeness(picture: Bytes, template: Bytes, *, sigma_px: float, scales: Iterable[float]) -> float:
    """Return the greatest normalised cross-correlation of a template with a picture, at any place and several scales.

    Args:
        picture: grey.
        template: grey, as sharp as the raw picture; it is smoothed first as the picture was.
        sigma_px: of that smoothing; 0 for none.
        scales: of the template.
    """
    smooth = np.asarray(cv2.GaussianBlur(template, (0, 0), sigma_px), np.uint8) if sigma_px else template
    best = -1.0
    for scale in scales:
        size = (max(4, round(smooth.shape[1] * scale)), max(4, round(smooth.shape[0] * scale)))
        sized = np.asarray(cv2.resize(smooth, size, interpolation=cv2.INTER_AREA), np.uint8)
        if sized.std() < 1:
            continue
        best = max(best, float(np.nan_to_num(cv2.matchTemplate(picture, sized, cv2.TM_CCOEFF_NORMED), posinf=-1).max()))
    return best


def glyph(letter: str, scale: float) -> Bytes:
    """Return a letter as the plates show it, grey, with a little of the plate around."""
    (wide, tall), below = cv2.getTextSize(letter, PLATE_FONT, scale, PLATE_INK_PX)
    page = np.full((tall + below + 40, wide + 40), 238, np.uint8)
    cv2.putText(page, letter, (20, tall + 20), PLATE_FONT, scale, 16, PLATE_INK_PX, cv2.LINE_AA)
    rows, columns = np.nonzero(page < 128)
    return page[rows.min() - 4 : rows.max() + 5, columns.min() - 4 : columns.max() + 5]


def layout(text: str) -> tuple[float, list[tuple[float, float, float, float]]]:
    """Return the size of a plate's letters, and where each is: left, top, right, bottom in the plate's own pixels."""
    width, height = PLATE_PX
    (wide, tall), _ = cv2.getTextSize(text, PLATE_FONT, 1.0, PLATE_INK_PX)
    scale = min((width - 50) / wide, 72 / tall)
    (wide, tall), _ = cv2.getTextSize(text, PLATE_FONT, scale, PLATE_INK_PX)
    left, bottom = (width - wide) // 2, (height + tall) // 2
    ends = [0, *(cv2.getTextSize(text[:k], PLATE_FONT, scale, PLATE_INK_PX)[0][0] for k in range(1, len(text) + 1))]
    return scale, [(left + a, bottom - tall, left + b, bottom) for a, b in itertools.pairwise(ends)]


def flattened(picture: Bytes, outline: Floats) -> Bytes:
    """Return a plate as if seen from the front, grey, of `PLATE_PX`."""
    width, height = PLATE_PX
    own = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    transform = cv2.getPerspectiveTransform(outline.astype(np.float32), own)
    return np.asarray(cv2.warpPerspective(grey(picture), transform, PLATE_PX, flags=cv2.INTER_CUBIC), np.uint8)


def letters_read(plates: list[Bytes], text: str, *, sigma_px: float = 4.0) -> int:
    """Return how many letters and digits of a text an attacker reads, who knows font, place and layout.

    The same plate in several pictures is averaged; each letter is the one of 36 whose picture is likest.
    """
    plate = np.mean(np.stack(plates), axis=0).astype(np.float32)
    scale, places = layout(text)
    shapes = {name: np.asarray(cv2.GaussianBlur(glyph(name, scale), (0, 0), sigma_px), np.float32) for name in LETTERS}
    right = 0
    for letter, (left, top, end, bottom) in zip(text, places, strict=True):
        scores = {name: _likest(plate, shape, (left + end) / 2, (top + bottom) / 2) for name, shape in shapes.items()}
        right += max(scores, key=lambda name: scores[name]) == letter
    return right


def _likest(plate: NDArray[np.float32], shape: NDArray[np.float32], middle_x: float, middle_y: float) -> float:
    """Return how alike a letter is to a plate about a place, shifted a little."""
    height, width = shape.shape
    left, top = int(middle_x - width / 2) - SHIFT_PX, int(middle_y - height / 2) - SHIFT_PX
    cell = plate[max(0, top) : top + height + 2 * SHIFT_PX, max(0, left) : left + width + 2 * SHIFT_PX]
    if cell.shape[0] < height or cell.shape[1] < width:
        return -1.0
    return float(np.nan_to_num(cv2.matchTemplate(cell, shape, cv2.TM_CCOEFF_NORMED)).max())
