"""What all counts of a flight are off by together is part of every stated error, and does not average out."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.common_error import COMMON_SHARE, sigma_of_total, with_common

parts = st.lists(st.tuples(st.floats(0, 500), st.floats(0, 100)), min_size=1, max_size=20)


@given(parts)
def test_a_total_is_less_sure_than_its_parts_alone_would_make_it(own: list[tuple[float, float]]) -> None:
    stated = [(people, math.sqrt(with_common(sigma**2, people))) for people, sigma in own]
    total = sum(people for people, _ in own)
    alone = sum(sigma**2 for _, sigma in own)
    assert sigma_of_total(stated) == pytest.approx(math.sqrt(alone + (COMMON_SHARE * total) ** 2), abs=1e-6)
    assert sigma_of_total(stated) >= COMMON_SHARE * total - 1e-9


def test_nobody_has_no_common_error() -> None:
    assert with_common(1.5, 0.0) == 1.5
    assert sigma_of_total([]) == 0.0


def test_many_cells_do_not_make_a_total_surer_than_the_flight_is() -> None:
    cell = (20.0, math.sqrt(with_common(4.0, 20.0)))
    assert sigma_of_total([cell] * 10_000) / 200_000 == pytest.approx(COMMON_SHARE, rel=0.01)
