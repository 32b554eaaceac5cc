"""The noise of the public map: OpenDP's law, what it costs, and how seldom it tells a wrong level."""

import math
from fractions import Fraction

import numpy as np
import pytest

from maps.budget import EPSILON_PER_RELEASE
from maps.errors import DisclosureError
from maps.levels import STANDARD_THRESHOLDS
from maps.noise import geometric_noise
from maps.patches import LEAST_GROUND_M2


def wrong_level_share(density: float, area_m2: float, threshold: float) -> float:
    """Return the chance that noise carries a count over a threshold, from the law of the mechanism."""
    count = round(density * area_m2)
    keep = math.exp(-float(EPSILON_PER_RELEASE))
    away = math.ceil(abs(threshold * area_m2 - count) - 1e-9)
    return keep**away / (1 + keep)


@pytest.mark.parametrize("threshold", [
    STANDARD_THRESHOLDS.dense_per_m2, STANDARD_THRESHOLDS.watch_per_m2, STANDARD_THRESHOLDS.alert_per_m2,
])  # fmt: skip
def test_noise_seldom_tells_a_wrong_level(threshold: float) -> None:
    for area_m2 in (LEAST_GROUND_M2, 400.0, 700.0):
        for away in (-0.1, 0.1):
            assert wrong_level_share(threshold + away, area_m2, threshold) < 1e-3
    assert wrong_level_share(threshold + 0.1, 250.0, threshold) > 1e-3, "a smaller cell would"


def test_the_noise_is_opendps_geometric_mechanism() -> None:
    drawn = np.array(geometric_noise(EPSILON_PER_RELEASE)([1000] * 20_000)) - 1000
    keep = math.exp(-1 / 6)
    assert drawn.std() == pytest.approx(math.sqrt(2 * keep) / (1 - keep), rel=0.05)
    assert abs(drawn.mean()) < 0.4
    assert len(set(map(tuple, (geometric_noise(EPSILON_PER_RELEASE)([0] * 20) for _ in range(5))))) == 5


def test_noise_that_costs_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maps.noise.ROUNDING", -0.5)
    with pytest.raises(DisclosureError, match="epsilon"):
        geometric_noise(Fraction(1, 6))
