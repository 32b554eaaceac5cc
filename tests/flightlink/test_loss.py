"""Loss: what did not come, and nothing else."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.vehicle.loss import LATE, LossMeter
from flightlink.vehicle.loss_book import LossBook

S = 1_000_000_000
MS = 1_000_000


def framed(number: int) -> bytes:
    return number.to_bytes(4, "big")


def counted(numbers: Iterable[int], *, step_ms: int = 10) -> LossMeter:
    meter = LossMeter()
    for place, number in enumerate(numbers):
        meter.count(number % 256, S + place * step_ms * MS)
    return meter


def test_gaps_count_but_neither_doubles_nor_late_ones() -> None:
    meter = counted((250, 251, 251, 253, 252, 255, 256, 261))
    assert meter.loss_share(S) == pytest.approx(5 / 12)
    assert meter.frames_per_s(2 * S) == 8


@given(st.lists(st.integers(0, LATE - 1), min_size=2, max_size=300), st.integers(0, 255))
def test_order_and_doubles_are_no_loss(delays: list[int], first: int) -> None:
    arrivals = sorted((number + delay, number) for number, delay in enumerate(delays))
    doubled = [first + number for _, number in arrivals for _ in range(2)]
    at_most = sum(number < arrivals[0][1] for _, number in arrivals)  # before the first that came nothing is known
    meter = counted(doubled, step_ms=1)
    assert (meter.loss_share(2 * S) or 0.0) <= at_most / len(delays)


@given(st.sets(st.integers(1, 998), max_size=400))
def test_each_missing_number_counts_once(missing: set[int]) -> None:
    meter = counted((number for number in range(1000) if number not in missing), step_ms=1)
    assert meter.loss_share(S) == pytest.approx(len(missing) / 1000, abs=1e-9)


def test_a_silence_counts_whole_rounds_at_the_rate_before_it() -> None:
    meter = LossMeter()
    for number in range(1500):
        if not 700 <= number < 1300:
            meter.count(number % 256, S + number * 10 * MS)
    assert meter.loss_share(S + 15 * S) == pytest.approx(600 / 1100, abs=0.12)


def test_what_is_older_than_the_window_is_forgotten() -> None:
    meter = LossMeter()
    for second, sequence in ((1, 0), (2, 100), (20, 101), (21, 102)):
        meter.count(sequence, second * S)
    assert meter.loss_share(21 * S) == 0
    assert meter.loss_share(60 * S) is None
    assert meter.frames_per_s(60 * S) == 0


def test_a_sender_that_does_not_number_its_frames_still_has_a_rate() -> None:
    meter = counted([0] * 100)
    assert meter.frames_per_s(2 * S) == pytest.approx(100)
    assert meter.loss_share(2 * S) == 0


def test_copies_over_two_links_fill_each_others_gaps() -> None:
    book, news = LossBook(), 0
    for number in range(900):
        if number % 3:
            news += book.count("a", 1, number % 256, framed(number), S + number * 10 * MS)
        if number % 5:
            news += book.count("b", 1, number % 256, framed(number), S + number * 10 * MS + 3 * MS)
    now = S + 9 * S
    assert book.share_of("a", 1, now) == pytest.approx(1 / 3, abs=0.01)
    assert book.share_of("b", 1, now) == pytest.approx(1 / 5, abs=0.01)
    assert book.share(1, now) == pytest.approx(1 / 15, abs=0.01)
    assert news == pytest.approx(900 * 14 / 15, abs=3)


def test_a_late_copy_neither_counts_as_loss_nor_as_news() -> None:
    book = LossBook()
    for number in range(400):
        book.count("a", 1, number % 256, framed(number), S + number * 10 * MS)
        if number >= 60:
            assert (
                not book.count("b", 1, (number - 60) % 256, framed(number - 60), S + number * 10 * MS) or number <= 120
            )
    assert book.share(1, 5 * S) == 0


def test_links_that_number_by_themselves_have_the_loss_of_the_best() -> None:
    book = LossBook()
    for number in range(900):
        assert book.count("a", 1, number % 256, framed(number), S + number * 10 * MS)
        if number % 4:
            assert book.count("b", 1, (number * 7 // 7 + 90) % 256, framed(70_000 + number), S + number * 10 * MS)
    assert book.share(1, 10 * S) == 0
    book.forget("a")
    assert book.share(1, 10 * S) == pytest.approx(1 / 4, abs=0.01)


def test_a_link_that_fell_silent_does_not_speak_for_the_present() -> None:
    book = LossBook()
    for number in range(500):
        if number < 200:
            book.count("a", 1, number % 256, framed(number), S + number * 10 * MS)
        if number % 4:
            book.count("b", 1, (number + 90) % 256, framed(70_000 + number), S + number * 10 * MS)
    assert book.share(1, 3 * S) == 0
    assert book.share(1, 6 * S) == pytest.approx(1 / 4, abs=0.02)


def test_a_reboot_begins_anew_on_every_link() -> None:
    book = LossBook()
    for way in ("a", "b"):
        for number in (0, 1, 100):
            book.count(way, 1, number, framed(number), S)
    book.restart(1)
    assert book.share(1, S) is None
    book.count("a", 1, 0, framed(5), S)
    assert book.share(1, S) == 0


def test_the_meters_are_bounded() -> None:
    book = LossBook()
    for number in range(1000):
        book.count(f"way {number}", 1, 0, framed(0), S)
    assert len(book._meters) <= 128
