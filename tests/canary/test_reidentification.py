"""Nobody is known again: crops of what is published, matched with clear raw crops of the same people elsewhere.

People stand at random places with random headings in every picture, so that no background gives anybody away; the
attackers know where everybody is, and the network was trained on what the station publishes of other people. The same
attackers on raw crops are the control.
"""

from __future__ import annotations

import numpy as np
import pytest

from flightlink.mission import RedactionLevel
from proofs.wardrobe import Wardrobe
from tests.canary.crops import Crops, crops_of
from tests.canary.reidentify import Floats, Score, by_gradients, by_histogram, rank_one, trained, with_interval
from vision.eyes import Eyes
from vision.models.card import ModelError
from vision.models.store import models_dir
from vision.room import eyes_from_models

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]

PEOPLE = 24
CHANCE = 1 / PEOPLE
ALLOWED = 0.02
TRAINED_ON, TRIED = 10, 7
SOAKED_ON, SOAKED = 60, 40
"""Sets of people, each seen in two pictures to train and in three to try."""
ATTACKERS = ("histogram", "gradients", "network")
RAW_AT_LEAST = {"histogram": 0.4, "gradients": 2 * CHANCE, "network": 0.2}


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    try:
        return eyes_from_models(models_dir(), level=RedactionLevel.STRICT, threads=1)
    except ModelError as error:
        pytest.skip(str(error))


def scenes(eyes: Eyes, wardrobe: Wardrobe, *, sets: int, each: int, seed: int) -> list[list[Crops]]:
    """Return sets of people; each in so many pictures, elsewhere in each."""
    found = []
    for number in range(sets):
        rng = np.random.default_rng([seed, number])
        figures = rng.integers(0, len(wardrobe.figures), PEOPLE)
        tints = rng.integers(0, 48, PEOPLE)
        found.append([with_room(eyes, wardrobe, figures, tints, rng) for _ in range(each)])
    return found


def with_room(
    eyes: Eyes,
    wardrobe: Wardrobe,
    figures: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    tints: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    rng: np.random.Generator,
) -> Crops:
    while True:
        try:
            return crops_of(eyes, wardrobe, figures, tints, int(rng.integers(1 << 30)))
        except ValueError:
            continue


@pytest.fixture(
    scope="module",
    params=[(TRAINED_ON, TRIED), pytest.param((SOAKED_ON, SOAKED), marks=pytest.mark.soak)],
    ids=["small", "large"],
)
def seen(request: pytest.FixtureRequest, eyes: Eyes) -> tuple[list[list[Crops]], list[list[Crops]]]:
    """Pictures to train on and to try, of different people."""
    wardrobe, (training, tried) = Wardrobe(), request.param
    return scenes(eyes, wardrobe, sets=training, each=2, seed=7), scenes(eyes, wardrobe, sets=tried, each=3, seed=8)


def attackers(training: list[list[Crops]], side: str) -> dict[str, Score]:
    """Return the three, the network trained to match raw crops with those of a side."""
    pairs = [(one.raw, getattr(other, side)) for a, b in training for one, other in ((a, b), (b, a))]
    return {"histogram": by_histogram, "gradients": by_gradients, "network": trained(pairs, seed=3)}


def reached(score: Score, tried: list[list[Crops]], side: str) -> Floats:
    """Return rank-1 shares, one for each picture that served as a gallery."""
    return np.concatenate(
        [rank_one(score, [one.raw for one in people], [getattr(one, side) for one in people]) for people in tried]
    )


def test_nobody_is_known_again_in_what_is_published(seen: tuple[list[list[Crops]], list[list[Crops]]]) -> None:
    training, tried = seen
    for name, score in attackers(training, "published").items():
        share, low, high = with_interval(reached(score, tried, "published"))
        told = f"{name}: rank 1 {100 * share:.1f} % [{100 * low:.1f}, {100 * high:.1f}], chance {100 * CHANCE:.1f} %"
        assert share <= CHANCE + ALLOWED, told
    missed = np.concatenate([one.missed for people in tried for one in people])
    assert missed.mean() < 0.02, "people whom the detector missed are shown at 20 px/m"


def test_control_the_same_attackers_know_people_again_in_raw_pictures(
    seen: tuple[list[list[Crops]], list[list[Crops]]],
) -> None:
    training, tried = seen
    for name, score in attackers(training, "raw").items():
        share, low, _ = with_interval(reached(score, tried, "raw"))
        assert share > RAW_AT_LEAST[name], name
        assert low > CHANCE + ALLOWED, name


def test_the_network_learns_and_chance_is_chance() -> None:
    rng = np.random.default_rng(5)
    looks = rng.integers(0, 256, (PEOPLE, 6, 3, 3)).astype(np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    noise = [np.clip(looks + rng.normal(0, 12, looks.shape), 0, 255).astype(np.uint8) for _ in range(4)]
    known = trained([(noise[0], noise[1])], seed=1)
    assert rank_one(known, noise[2:], noise[2:]).mean() > 0.9
    blank = [np.full_like(looks, 128) + rng.integers(0, 3, looks.shape).astype(np.uint8) for _ in range(6)]
    assert rank_one(known, blank, blank).mean() < CHANCE + 0.08
