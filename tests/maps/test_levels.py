import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.levels import STANDARD_THRESHOLDS, Level, Thresholds


@pytest.mark.parametrize(
    ("density", "level"),
    [(0, "free"), (0.99, "free"), (1, "dense"), (1.99, "dense"), (2, "watch"), (3.49, "watch"), (3.5, "alert"),
     (4.99, "alert"), (5, "critical"), (12, "critical")],
)  # fmt: skip
def test_levels_begin_at_their_thresholds(density: float, level: str) -> None:
    assert STANDARD_THRESHOLDS.level_of(density).value == level


@given(st.floats(0, 20), st.floats(0, 20))
def test_more_people_never_lower_the_level(one: float, other: float) -> None:
    order = list(Level)
    low, high = sorted((one, other))
    assert order.index(STANDARD_THRESHOLDS.level_of(low)) <= order.index(STANDARD_THRESHOLDS.level_of(high))


@pytest.mark.parametrize("wrong", [{"dense_per_m2": 0.0}, {"watch_per_m2": 4.0}, {"critical_per_m2": float("nan")}])
def test_levels_must_rise(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="rise"):
        Thresholds(**wrong)
