"""Who is who across pictures: three attackers that match crops of people. Test-only; none of it may enter the product.

Colour or luma histograms; histograms of gradients (N. Dalal and B. Triggs, 2005); and a small network of two towers,
trained here on rendered people whom the test does not use, to lay crops of one person side by side (InfoNCE).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.canary.attackers import Bytes

Floats = NDArray[np.float64]
Score = Callable[[Bytes, Bytes], Floats]
"""Query crops (n, h, w, 3) and gallery crops (m, h, w, 3) to likeness (n, m)."""

BINS = 8
GREY_BINS = 32
CELL_PX = 8
ANGLES = 9
INPUT_PX = (12, 24)
HIDDEN, EMBEDDED = 96, 32
TEMPERATURE = 0.1
STEPS, RATE = 450, 2e-3
DECAY = 1e-4


def by_histogram(query: Bytes, gallery: Bytes) -> Floats:
    """Return the overlap of colour histograms, or of luma where one side has no colour."""
    grey = all(np.ptp(side[0].astype(int), axis=-1).max() == 0 for side in (gallery,))
    one, other = (np.stack([_histogram(crop, grey=grey) for crop in side]) for side in (query, gallery))
    return np.asarray(np.minimum(one[:, None], other[None]).sum(axis=2))


def _histogram(crop: Bytes, *, grey: bool) -> Floats:
    inner = crop[crop.shape[0] // 8 : -crop.shape[0] // 8, crop.shape[1] // 4 : -crop.shape[1] // 4]
    if grey:
        counts, _ = np.histogram(inner.mean(axis=2), bins=GREY_BINS, range=(0, 256))
    else:
        index = inner.reshape(-1, 3) // (256 // BINS) @ np.array([BINS * BINS, BINS, 1])
        counts = np.bincount(index, minlength=BINS**3)
    return np.asarray(counts / counts.sum(), np.float64)


def by_gradients(query: Bytes, gallery: Bytes) -> Floats:
    """Return the cosine of histograms of gradients."""
    one, other = (np.stack([_gradients(crop) for crop in side]) for side in (query, gallery))
    return np.asarray(one @ other.T)


def _gradients(crop: Bytes) -> Floats:
    grey = crop.mean(axis=2)
    down, right = np.gradient(grey)
    strength, angle = np.hypot(down, right), np.arctan2(down, right) % np.pi
    bins = np.minimum((angle / np.pi * ANGLES).astype(int), ANGLES - 1)
    rows, columns = (axis // CELL_PX for axis in np.indices(grey.shape))
    across = -(-grey.shape[1] // CELL_PX)
    cells = np.bincount(((rows * across + columns) * ANGLES + bins).ravel(), strength.ravel(), minlength=0)
    cells = np.pad(cells, (0, -(-grey.shape[0] // CELL_PX) * across * ANGLES - len(cells))).reshape(-1, ANGLES)
    cells = cells / (np.linalg.norm(cells, axis=1, keepdims=True) + 4.0)
    return np.asarray(cells.ravel() / (np.linalg.norm(cells) + 1e-9))


@dataclass(slots=True, eq=False)
class Tower:
    """Two layers: crops in, embeddings of unit length out."""

    weights: list[Floats]

    def embedded(self, pixels: Floats) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
        hidden = np.maximum(pixels @ self.weights[0] + self.weights[1], 0)
        out = hidden @ self.weights[2]
        length = np.linalg.norm(out, axis=1, keepdims=True) + 1e-9
        return out / length, (hidden, out / length, length)

    def gradients(self, pixels: Floats, kept: tuple[Floats, Floats, Floats], back: Floats) -> list[Floats]:
        hidden, unit, length = kept
        out = (back - unit * (back * unit).sum(axis=1, keepdims=True)) / length
        inner = (out @ self.weights[2].T) * (hidden > 0)
        return [pixels.T @ inner, inner.sum(axis=0), hidden.T @ out]


def tower(inputs: int, rng: np.random.Generator) -> Tower:
    return Tower(
        [
            rng.normal(0, np.sqrt(2 / inputs), (inputs, HIDDEN)),
            np.zeros(HIDDEN),
            rng.normal(0, np.sqrt(2 / HIDDEN), (HIDDEN, EMBEDDED)),
        ]
    )


def inputs_of(crops: Bytes) -> Floats:
    """Return crops as rows: small, each channel's mean and spread set aside but kept as two more inputs each."""
    small = np.stack([cv2.resize(crop, INPUT_PX, interpolation=cv2.INTER_AREA) for crop in crops]).astype(np.float64)
    mean, spread = small.mean(axis=(1, 2)), small.std(axis=(1, 2))
    flat = (small - mean[:, None, None]) / (spread[:, None, None] + 4.0)
    return np.column_stack([flat.reshape(len(crops), -1), mean / 64 - 2, spread / 32 - 1])


def trained(pairs: list[tuple[Bytes, Bytes]], *, seed: int) -> Score:
    """Return a network's likeness, trained on pairs of crops of the same people in the same order.

    Args:
        pairs: queries and gallery (n, h, w, 3) of one set of people, in other places.
        seed: of weights and batches.
    """
    rng = np.random.default_rng(seed)
    sets = [(inputs_of(query), inputs_of(gallery)) for query, gallery in pairs]
    towers = [tower(sets[0][0].shape[1], rng) for _ in range(2)]
    moments = [[np.zeros_like(weight) for weight in one.weights] for one in towers for _ in range(2)]
    for step in range(1, STEPS + 1):
        query, gallery = sets[int(rng.integers(len(sets)))]
        sides = [side + rng.normal(0, 0.05, side.shape) for side in (query, gallery)]
        (one, kept_one), (other, kept_other) = (each.embedded(side) for each, side in zip(towers, sides, strict=True))
        logits = one @ other.T / TEMPERATURE
        back = (_softmax(logits) + _softmax(logits.T).T) / 2 - np.eye(len(logits))
        back /= TEMPERATURE * len(logits)
        grads = [
            towers[0].gradients(sides[0], kept_one, back @ other),
            towers[1].gradients(sides[1], kept_other, back.T @ one),
        ]
        for number, each in enumerate(towers):
            _adam(each.weights, grads[number], moments[2 * number], moments[2 * number + 1], step)
    return lambda queries, others: np.asarray(
        towers[0].embedded(inputs_of(queries))[0] @ towers[1].embedded(inputs_of(others))[0].T
    )


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _adam(weights: list[Floats], grads: list[Floats], first: list[Floats], second: list[Floats], step: int) -> None:
    for number, grad in enumerate(grads):
        grad = grad + DECAY * weights[number]
        first[number] = 0.9 * first[number] + 0.1 * grad
        second[number] = 0.999 * second[number] + 0.001 * grad**2
        ahead = first[number] / (1 - 0.9**step)
        weights[number] -= RATE * ahead / (np.sqrt(second[number] / (1 - 0.999**step)) + 1e-8)


def rank_one(score: Score, queries: list[Bytes], galleries: list[Bytes]) -> Floats:
    """Return for each gallery, one crop a person, the share of queries from other scenes that are matched rightly."""
    shares = []
    for number, gallery in enumerate(galleries):
        right = [
            np.mean(score(query, gallery).argmax(axis=1) == np.arange(len(gallery)))
            for other, query in enumerate(queries) if other != number
        ]  # fmt: skip
        shares.append(np.mean(right))
    return np.array(shares)


def with_interval(shares: Floats, *, seed: int = 1, draws: int = 2000) -> tuple[float, float, float]:
    """Return the mean over galleries and its 95 % interval, by drawing galleries anew."""
    rng = np.random.default_rng(seed)
    means = shares[rng.integers(len(shares), size=(draws, len(shares)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(shares.mean()), float(low), float(high)
