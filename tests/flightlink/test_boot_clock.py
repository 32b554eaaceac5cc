"""A vehicle's time since boot on the station's clock: quick arrivals, TIMESYNC, reboots."""

import random

import pytest

from flightlink.vehicle.boot_clock import BootClock

S = 1_000_000_000
MS = 1_000_000
BOOTED = 1_700_000_000 * S


def flown(clock: BootClock, *, from_s: float, to_s: float, booted_ns: int = BOOTED, delay_ms: float = 5) -> list[bool]:
    """Feed a message every 50 ms of the vehicle's time; return where the clock began anew."""
    restarts = []
    for step in range(round(from_s * 20), round(to_s * 20)):
        boot_ns = step * 50 * MS
        _, restarted = clock.take(boot_ns, booted_ns + boot_ns + round(delay_ms * MS))
        restarts.append(restarted)
    return restarts


def error_ms(clock: BootClock, boot_ns: int, booted_ns: int = BOOTED) -> float:
    utc_ns = clock.utc_ns(boot_ns)
    assert utc_ns is not None
    return (utc_ns - booted_ns - boot_ns) / MS


def test_before_half_a_second_there_is_no_time() -> None:
    clock = BootClock()
    flown(clock, from_s=0, to_s=0.4)
    assert clock.utc_ns(0) is None
    assert clock.boot_ns(BOOTED) is None
    flown(clock, from_s=0.4, to_s=0.6)
    assert clock.utc_ns(0) == BOOTED + 5 * MS


def test_the_quickest_arrivals_tell_the_time_under_a_tail_of_delays() -> None:
    clock, chance = BootClock(), random.Random(1)  # noqa: S311 - delays, not secrets
    for step in range(400):
        delay_ns = round((4 + chance.expovariate(1 / 15)) * MS)
        clock.take(step * 50 * MS, BOOTED + step * 50 * MS + delay_ns)
    assert error_ms(clock, 0) == pytest.approx(4, abs=1)


def test_timesync_beats_arrivals_and_its_best_round_trip_counts() -> None:
    clock = BootClock()
    flown(clock, from_s=0, to_s=5, delay_ms=40)
    for second, round_trip_ms in ((1, 17), (2, 6), (3, 30)):
        sent_ns = BOOTED + second * S
        clock.take_exchange(
            sent_utc_ns=sent_ns,
            boot_ns=second * S + round_trip_ms * MS // 3,
            received_utc_ns=sent_ns + round_trip_ms * MS,
        )
    assert clock.round_trip_ms == 6
    assert error_ms(clock, 4 * S) == pytest.approx(1, abs=0.01)


def test_a_drift_of_85_ppm_is_followed_through_a_flight() -> None:
    clock, drift = BootClock(), 1 + 85e-6
    for step in range(20 * 210):
        boot_ns = step * 50 * MS
        clock.take(boot_ns, BOOTED + round(boot_ns * drift) + 5 * MS)
    now_ns = 209 * S
    utc_ns = clock.utc_ns(now_ns)
    assert utc_ns is not None
    assert abs(utc_ns - BOOTED - round(now_ns * drift) - 5 * MS) < 3 * MS


def test_a_burst_of_late_messages_does_not_move_the_clock() -> None:
    clock = BootClock()
    flown(clock, from_s=0, to_s=10)
    arrival_ns = BOOTED + 18 * S
    for step in range(200, 360):
        _, restarted = clock.take(step * 50 * MS, arrival_ns if step > 200 else BOOTED + 10 * S + 5 * MS)
        assert step == 201 or not restarted
    flown(clock, from_s=18, to_s=19)
    assert error_ms(clock, 18 * S) == pytest.approx(5)


def test_time_going_back_is_a_reboot_after_three_messages() -> None:
    clock = BootClock()
    flown(clock, from_s=0, to_s=30)
    later = BOOTED + 30 * S
    answers = [clock.take(step * 50 * MS, later + step * 50 * MS) for step in range(5)]
    assert answers == [(False, False), (False, False), (True, True), (True, False), (True, False)]


def test_one_message_out_of_order_is_no_reboot() -> None:
    clock = BootClock()
    flown(clock, from_s=0, to_s=30)
    assert clock.take(20 * S, BOOTED + 30 * S) == (False, False)
    assert clock.take(29 * S + 900 * MS, BOOTED + 30 * S) == (True, False)
    assert not any(flown(clock, from_s=30, to_s=31))


def test_a_reboot_behind_a_silence_is_noticed_although_time_went_forward() -> None:
    clock = BootClock()
    flown(clock, from_s=4, to_s=6)
    rebooted = BOOTED + 7 * S
    restarts = flown(clock, from_s=8, to_s=9, booted_ns=rebooted)
    assert restarts[0]
    assert error_ms(clock, 9 * S, rebooted) == pytest.approx(5)


def test_a_step_without_a_silence_is_noticed_in_some_seconds() -> None:
    clock = BootClock()
    flown(clock, from_s=0, to_s=10)
    stepped = BOOTED + 1500 * MS
    restarts = flown(clock, from_s=10, to_s=15, booted_ns=stepped)
    assert any(restarts)
    assert error_ms(clock, 15 * S, stepped) == pytest.approx(5)


def test_old_exchanges_fade_and_a_contradicting_one_replaces_all() -> None:
    clock = BootClock()
    flown(clock, from_s=0, to_s=1)
    clock.take_exchange(sent_utc_ns=BOOTED, boot_ns=0, received_utc_ns=BOOTED + 2 * MS)
    clock.take_exchange(sent_utc_ns=BOOTED + S, boot_ns=9 * S, received_utc_ns=BOOTED + S + 10 * MS)
    assert error_ms(clock, 0, BOOTED - 8 * S) == pytest.approx(5)
    flown(clock, from_s=1, to_s=30)
    assert clock.round_trip_ms is None


def exchanged(clock: BootClock, at_s: float, *, offset_ms: float, round_trip_ms: float = 6) -> None:
    sent_ns = BOOTED + round(at_s * S)
    boot_ns = round(at_s * S + (round_trip_ms / 2 - offset_ms) * MS)
    clock.take_exchange(sent_utc_ns=sent_ns, boot_ns=boot_ns, received_utc_ns=sent_ns + round(round_trip_ms * MS))


@pytest.mark.parametrize("step_ms", [-400, -100, 100, 400])
def test_a_small_step_contradicts_the_round_trips_and_the_clock_begins_anew(step_ms: int) -> None:
    clock = BootClock()
    flown(clock, from_s=0, to_s=5)
    exchanged(clock, 4.9, offset_ms=0, round_trip_ms=2)
    stepped = BOOTED - step_ms * MS
    exchanged(clock, 5.0, offset_ms=-step_ms)
    assert any(flown(clock, from_s=5 + max(0, step_ms) / 1000, to_s=6, booted_ns=stepped))
    assert error_ms(clock, 6 * S, stepped) == pytest.approx(0, abs=0.1)
    assert not any(flown(clock, from_s=6, to_s=8, booted_ns=stepped))


def test_a_message_from_the_future_is_a_step_forwards() -> None:
    clock = BootClock()
    flown(clock, from_s=0, to_s=5)
    exchanged(clock, 4.9, offset_ms=0)
    restarts = flown(clock, from_s=5.3, to_s=6.5, booted_ns=BOOTED - 300 * MS)
    assert restarts[0]
    assert not any(restarts[1:])
    assert error_ms(clock, 6 * S, BOOTED - 300 * MS) == pytest.approx(5)


def test_round_trips_with_a_tail_contradict_nothing() -> None:
    clock, chance = BootClock(), random.Random(2)  # noqa: S311 - delays, not secrets
    for second in range(30):
        assert not any(flown(clock, from_s=second, to_s=second + 1, delay_ms=8))
        there_ms, back_ms = (chance.expovariate(1 / 40) for _ in range(2))
        sent_ns = BOOTED + second * S
        received_ns = sent_ns + round((there_ms + back_ms) * MS)
        clock.take_exchange(sent_utc_ns=sent_ns, boot_ns=second * S + round(there_ms * MS), received_utc_ns=received_ns)
    assert abs(error_ms(clock, 0)) < 20
