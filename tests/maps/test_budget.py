"""The ledger: no 60 s, wherever they begin, hold more than epsilon 1; nothing brings it back early."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from maps.budget import EPSILON_PER_RELEASE, EPSILON_PER_WINDOW, EVERY_S, RELEASES_PER_WINDOW, WINDOW_S, Balance, Ledger

S = 10**9
START_NS = 7 * S


def spent_at(seconds: list[float]) -> list[float]:
    ledger = Ledger(starts_ns=START_NS)
    return [at for at in seconds if ledger.spend(START_NS + round(at * S))]


def test_six_releases_of_a_sixth_make_one() -> None:
    assert RELEASES_PER_WINDOW * EPSILON_PER_RELEASE == EPSILON_PER_WINDOW == 1
    assert RELEASES_PER_WINDOW * EVERY_S == WINDOW_S == 60


def test_a_start_gains_nothing() -> None:
    """Whatever ran before may have spent all of the last minute."""
    assert spent_at([0, 10, 59.999, 60, 61, 69.9, 70]) == [60, 70]
    ledger = Ledger(starts_ns=START_NS)
    assert ledger.balance(START_NS) == Balance(spent=Fraction(1), left=Fraction(0))
    assert ledger.balance(START_NS + 60 * S).left == 1


def test_a_release_comes_every_ten_seconds_and_none_is_made_up_for() -> None:
    assert spent_at([*range(60, 200)]) == [*range(60, 200, 10)]
    assert spent_at([60, 70, 300, 301, 302, 310]) == [60, 70, 300, 310]


def test_the_balance_slides_with_the_window() -> None:
    ledger = Ledger(starts_ns=START_NS)
    left = []
    for at in range(60, 150, 10):
        ledger.spend(START_NS + at * S)
        left.append(ledger.balance(START_NS + at * S).left)
    assert left == [Fraction(5 - number, 6) for number in range(6)] + [Fraction(0)] * 3


def test_a_clock_that_runs_back_brings_nothing_back() -> None:
    ledger = Ledger(starts_ns=START_NS)
    assert ledger.spend(START_NS + 100 * S)
    for at in (0, 50, 99, 100, 109.9):
        assert not ledger.spend(START_NS + round(at * S))
    assert ledger.spend(START_NS + 110 * S)


@given(st.lists(st.floats(-5, 25), min_size=1, max_size=120))
def test_no_window_holds_more_than_its_budget(steps_s: list[float]) -> None:
    """Any order of instants, also backwards: the real clock has then gone on, so the newest instant counts."""
    ledger, now, real = Ledger(starts_ns=START_NS), 0.0, 0.0
    spent = [0.0] * RELEASES_PER_WINDOW
    for step in steps_s:
        now += step
        real = max(real, now)
        if ledger.spend(START_NS + round(now * S)):
            spent.append(real)
        balance = ledger.balance(START_NS + round(now * S))
        assert balance.spent + balance.left == 1
        assert balance.left >= 0
    for begin in spent:
        assert sum(begin <= at < begin + WINDOW_S - 1e-6 for at in spent) <= RELEASES_PER_WINDOW
