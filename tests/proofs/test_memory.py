"""Guarantee 5 in a small form; a product that remembers somebody is caught, whichever way it does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from groundstation.benchmarks.state import deep_size
from proofs.alike import FRAMES, HEIGHT_PX, SWAPPED_FROM, WIDTH_PX, looks_of_two, places_at, raw_frames, sent_of_clip
from proofs.growth import SimulatedHour, Weighed
from proofs.memory import Tracker, finding_of, keys_of_somebody, lists_of_people, names_somebody, swaps_that_tell
from vision.boxes import Boxes
from vision.wire import HEADER, Kind, header_from_bytes

GROUND = np.full((HEIGHT_PX, WIDTH_PX), 118, np.uint8)
LEAN = Weighed(people=10, early_bytes=1000, late_bytes=1010, left_bytes=900, left_objects=1000)


def test_two_people_who_change_places_change_no_byte() -> None:
    assert swaps_that_tell(1, seed=3) == 0


def test_the_two_look_different_and_really_change_places() -> None:
    one, other = looks_of_two()
    assert abs(float(one.mean()) - float(other.mean())) > 50
    pairs = zip(raw_frames(GROUND, swapped=False), raw_frames(GROUND, swapped=True), strict=True)
    differ = [not np.array_equal(a.opened_by_the_cap(), b.opened_by_the_cap()) for a, b in pairs]
    assert differ == [index >= SWAPPED_FROM for index in range(FRAMES)]
    assert len(set(places_at(0))) == 2


def test_pictures_and_counts_of_the_clip_do_leave() -> None:
    kinds = [header_from_bytes(message[: HEADER.size])[0] for message in sent_of_clip(GROUND, swapped=False).messages]
    assert kinds.count(Kind.REDACTED) >= 2 * FRAMES - 1
    assert kinds.count(Kind.CELLS) >= 3


def test_a_worker_that_shows_those_it_knows_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a product that no longer masks whoever it has seen for a while."""
    monkeypatch.setattr("vision.gate.mask_for", lambda frame, looks: np.zeros(frame.pixels.shape[:2], np.uint8))
    assert swaps_that_tell(1, seed=3) >= FRAMES - SWAPPED_FROM


def test_an_hour_of_others_leaves_nothing() -> None:
    few, many = (SimulatedHour(people, every_s=400, seed=5).weighed() for people in (5, 100))
    assert finding_of(0, 1, few, many, []).holds


def test_a_tracker_is_caught() -> None:
    tracked = SimulatedHour(100, every_s=400, seed=5, also=Tracker().take).weighed()
    assert not finding_of(0, 1, LEAN, tracked, []).holds


@pytest.mark.parametrize(
    ("told", "keys", "late_bytes", "left_objects"),
    [(1, [], 1010, 1000), (0, ["cells[].person"], 1010, 1000), (0, [], 1200, 1000), (0, [], 1010, 1030)],
)
def test_each_part_counts(told: int, keys: list[str], late_bytes: int, left_objects: int) -> None:
    many = Weighed(people=1000, early_bytes=1000, late_bytes=late_bytes, left_bytes=900, left_objects=left_objects)
    assert finding_of(0, 1, LEAN, LEAN, []).holds
    assert not finding_of(told, 1, LEAN, many, keys).holds


def test_nothing_that_leaves_names_or_numbers_a_person() -> None:
    assert keys_of_somebody() == []
    assert lists_of_people(2026) == []


def test_the_documents_compared_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = SimulatedHour(200, every_s=1, seed=1).documents(lasts_s=12)
    assert documents["density"]["people"] > 50
    assert documents["health"]["cameras"][0]["gate"] == "open"
    assert documents["public"]["features"]
    shown = SimulatedHour.documents

    def with_a_list(self: SimulatedHour, *, lasts_s: float) -> dict[str, dict[str, Any]]:
        return {**shown(self, lasts_s=lasts_s), "who": {"list": [0] * self._crowd.people, "track_id": 7}}

    monkeypatch.setattr(SimulatedHour, "documents", with_a_list)
    assert lists_of_people(2026) == ["track_id", ".who.list[]"]


@pytest.mark.parametrize("path", ["person", "cells[].track_id", "id", "faces", "people[].ids", "who"])
def test_names_of_somebody_are_known(path: str) -> None:
    assert names_somebody(path)


@pytest.mark.parametrize("path", ["people", "system_id", "alerts[].id", "width_px", "cells[].people", "valid"])
def test_names_of_nobody_are_let_be(path: str) -> None:
    assert not names_somebody(path)


def test_the_weight_of_a_thing_is_that_of_all_it_holds() -> None:
    small, _ = deep_size([{"a": [1, 2]}])
    large, objects = deep_size([{"a": [np.zeros(10_000)[:5000], "x" * 1000]}])
    assert large > small + 80_000
    assert objects >= 4
    tracker = Tracker()
    before, _ = deep_size([tracker.take])
    tracker.take(Boxes(xyxy=np.zeros((50, 4), np.float32), scores=np.ones(50, np.float32)), 1)
    assert deep_size([tracker.take])[0] > before + 5000
