"""Batches: every sample is drawn from the run's seed, the step and its place, so that a run can be taken up again.

Pictures are kept in memory as the bytes of their files. What is drawn decides how much of a JPEG is decoded: a picture
that is shown at half its size or less is decoded at half.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from training.crops import Bytes, Crop, cut, moved, sorted_out, window_for
from training.errors import TrainingError
from training.looks import another_look, patched
from training.pictures import Labelled
from training.strewn import strewn
from training.targets import Maps, target_for

REDUCED: Final = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
PATCHED: Final = 0.15
STREWN: Final = 0.4
"""Share of coloured crops in which things lie that are nobody."""
AHEAD: Final = 3
"""Batches made before they are asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one step learns from; n crops, h by w pixels."""

    pictures: Bytes
    """uint8 (n, h, w, 3) RGB."""
    heat: Maps
    counts: Maps
    """float32 (n, h / 4, w / 4) each."""
    sides: Maps
    """float32 (n, 4, h / 4, w / 4)."""
    side_weight: Maps

    def parts(self, many: int) -> list[Batch]:
        """Return the batch in so many parts of about the same size, in fewer where it has fewer crops."""
        cuts = np.array_split(np.arange(len(self.pictures)), min(many, len(self.pictures)))
        return [
            Batch(self.pictures[cut], self.heat[cut], self.counts[cut], self.sides[cut], self.side_weight[cut])
            for cut in cuts
        ]


@dataclass(eq=False)
class Source:
    """Pictures from which a share of all samples is drawn."""

    pictures: Sequence[Labelled]
    share: float = 1.0

    @cached_property
    def coded(self) -> list[NDArray[np.uint8]]:
        """The bytes of the files, read once."""
        return [np.frombuffer(one.path.read_bytes(), np.uint8) for one in self.pictures]

    @cached_property
    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of each picture, px."""
        return [_size_of(one, coded) for one, coded in zip(self.pictures, self.coded, strict=True)]


def _size_of(one: Labelled, coded: NDArray[np.uint8]) -> tuple[int, int]:
    small = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    if small is None:
        raise TrainingError(f"{one.path}: is no picture that can be read")
    return small.shape[1], small.shape[0]


@dataclass(frozen=True, eq=False)
class Sampler:
    """Draws batches; step and seed alone decide what is in them."""

    sources: Sequence[Source]
    seed: int
    batch: int
    """Crops of 320 px in a batch; of larger ones as many fewer as they are larger."""
    sides_px: Sequence[int]

    def batch_of(self, step: int) -> Batch:
        """Return the batch of a step."""
        side = self.sides_px[int(np.random.default_rng([self.seed, step]).integers(len(self.sides_px)))]
        crops = [self.crop_of(step, place, side) for place in range(self.many(side))]
        targets = [target_for(crop.people, crop.unsure, side) for crop in crops]
        return Batch(
            pictures=np.stack([crop.picture[..., ::-1] for crop in crops]),
            heat=np.stack([one.heat for one in targets]),
            counts=np.stack([one.counts for one in targets]),
            sides=np.stack([one.sides for one in targets]),
            side_weight=np.stack([one.side_weight for one in targets]),
        )

    def many(self, side_px: int) -> int:
        """Return how many crops of a size go into a batch: about the same number of pixels for all sizes."""
        return max(1, round(self.batch * (min(self.sides_px) / side_px) ** 2))

    def crop_of(self, step: int, place: int, side_px: int) -> Crop:
        """Return one sample."""
        rng = np.random.default_rng([self.seed, step, place])
        shares = np.array([source.share for source in self.sources])
        source = self.sources[int(rng.choice(len(shares), p=shares / shares.sum()))]
        number = int(rng.integers(len(source.pictures)))
        one = source.pictures[number]
        window = window_for(one, source.sizes[number], side_px, rng)
        reduced = max(factor for factor in REDUCED if factor == 1 or window.scale * factor <= 1)
        decoded = np.asarray(cv2.imdecode(source.coded[number], REDUCED[reduced]), np.uint8)
        seen = cut(decoded, window, reduced, int(rng.integers(256)))
        crop = Crop(seen, *sorted_out(moved(one.people, window), moved(one.unsure, window), side_px))
        if not one.is_thermal and rng.random() < STREWN:
            crop = strewn(crop, rng)
        crop = replace(crop, picture=another_look(crop.picture, rng, is_thermal=one.is_thermal))
        return patched(crop, rng) if rng.random() < PATCHED else crop


def batches(sampler: Sampler, first: int) -> Generator[Batch, None, None]:
    """Yield batches from a step on, for ever, made ahead by a thread of their own."""
    with ThreadPoolExecutor(1) as pool:
        waiting: deque[Future[Batch]] = deque(pool.submit(sampler.batch_of, first + k) for k in range(AHEAD))
        step = first + AHEAD
        try:
            while True:
                made = waiting.popleft().result()
                waiting.append(pool.submit(sampler.batch_of, step))
                step += 1
                yield made
        finally:
            for one in waiting:
                one.cancel()
