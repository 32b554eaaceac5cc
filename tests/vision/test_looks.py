"""Looks: people hidden before they appear, kept for a moment when lost, then forgotten."""

from __future__ import annotations

from dataclasses import replace

from tests.vision.scene import (
    UTC_NS,
    look_at,
)
from tests.vision.test_masks import FRAMES, PERSON, intended
from vision.capped import CappedFrame
from vision.live_order import LIVE_MEMORY_NS, MEMORY_SLACK_NS, live_memory_ns
from vision.masks import (
    LOOK_AHEAD_NS,
    MEMORY_NS,
    OLDEST_LOOK_NS,
    Look,
    Looks,
    boxes_for,
    mask_for,
)


def looks_of(*looks: Look) -> Looks:
    several = Looks()
    for look in looks:
        several.add(look)
    return several


def hides(frame: CappedFrame, looks: Looks, box: tuple[float, float, float, float] = PERSON) -> bool:
    return bool((mask_for(frame, looks.for_frame(frame.utc_ns))[intended(box)] == 255).all())


def test_a_person_whom_the_detector_loses_for_a_moment_stays_hidden_and_is_then_forgotten() -> None:
    frame = FRAMES["posed"]
    looks = looks_of(look_at(frame, PERSON))
    hidden = []
    for tenth in range(1, 9):
        later = replace(frame, utc_ns=UTC_NS + tenth * 10**8)
        looks.add(look_at(later))
        hidden.append(hides(later, looks))
    kept = MEMORY_NS // 10**8
    assert hidden == [True] * kept + [False] * (8 - kept)


def test_a_person_found_again_has_one_mask_and_not_a_trail() -> None:
    frame = FRAMES["posed"]
    places = {-0.14: 134.0, -0.07: 137.0, 0.0: 140.0}
    steps = [look_at(frame, (x, 100.0, x + 20, 150.0), later_s=later_s) for later_s, x in places.items()]
    assert len(boxes_for(frame, looks_of(*steps).for_frame(frame.utc_ns))) == 1


def test_a_person_who_appears_in_the_next_look_is_hidden_before() -> None:
    frame = FRAMES["posed"]
    looks = looks_of(look_at(frame, later_s=-0.1), look_at(frame, PERSON, later_s=LOOK_AHEAD_NS / 1e9))
    assert hides(frame, looks)


def test_a_look_beyond_the_look_ahead_does_not_count() -> None:
    frame = FRAMES["posed"]
    looks = looks_of(look_at(frame), look_at(frame, PERSON, later_s=LOOK_AHEAD_NS / 1e9 + 0.001))
    assert not hides(frame, looks)


def test_two_people_side_by_side_both_stay_hidden_when_one_is_lost() -> None:
    frame = FRAMES["posed"]
    other = (165.0, 100.0, 185.0, 150.0)
    looks = looks_of(look_at(frame, PERSON, other, later_s=-0.2), look_at(frame, PERSON, later_s=-0.1))
    assert hides(frame, looks)
    assert hides(frame, looks, other)


def test_everything_is_forgotten_within_a_second() -> None:
    frame = FRAMES["posed"]
    looks = Looks()
    assert looks.newest_utc_ns == 0
    for number in range(400):
        looks.add(look_at(frame, PERSON, later_s=number / 30))
    assert looks.newest_utc_ns == UTC_NS + round(399 / 30 * 1e9)
    assert len(looks._looks) <= 30
    assert looks._looks[-1].utc_ns - looks._looks[0].utc_ns < 10**9
    assert looks.for_frame(looks._looks[0].utc_ns - OLDEST_LOOK_NS) == []


def test_a_blink_before_a_slow_look_shows_nobody() -> None:
    """Memory counts from the last look, not from the frame: while the next look is late, nobody is forgotten."""
    frame = FRAMES["posed"]
    looks = looks_of(look_at(frame, PERSON), look_at(frame, later_s=0.08))
    looks.memory_ns = 100_000_000
    assert hides(replace(frame, utc_ns=UTC_NS + 350_000_000), looks)


def test_a_live_stream_remembers_the_last_two_looks_however_far_apart() -> None:
    frame = FRAMES["posed"]
    looks = looks_of(look_at(frame, PERSON))
    assert live_memory_ns(looks.span_ns(2)) == LIVE_MEMORY_NS
    looks.add(look_at(frame, later_s=0.1))
    looks.add(look_at(frame, later_s=0.3))
    assert live_memory_ns(looks.span_ns(2)) == 300_000_000 + MEMORY_SLACK_NS
    assert live_memory_ns(10**9) == LIVE_MEMORY_NS


def test_a_frame_is_shown_while_a_look_is_near_on_either_side_and_not_a_nanosecond_longer() -> None:
    looks = looks_of(look_at(FRAMES["posed"]))
    ages_ns = (-OLDEST_LOOK_NS - 1, -OLDEST_LOOK_NS, 0, OLDEST_LOOK_NS, OLDEST_LOOK_NS + 1)
    assert [looks.reaches(UTC_NS + age_ns) for age_ns in ages_ns] == [False, True, True, True, False]
    assert not Looks().reaches(UTC_NS)
