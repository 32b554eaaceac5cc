"""Guarantee 3 in a small form: a little chaos, the control caught, and a sabotaged product caught."""

from __future__ import annotations

import numpy as np
import pytest

from flightlink.track import PoseTrack
from proofs.chaos.batch import Judged, judged, judged_from_line, line_of
from proofs.chaos.detector import found_stripes
from proofs.chaos.faults import AT_ONCE, MUST_FILL, Kind
from proofs.chaos.ordeal import Ordeal, Trouble
from proofs.chaos.planted import bodies_at, picture_at, scene_of, shown_amplitude
from proofs.chaos.run import verdict_on
from proofs.chaos.verdict import Verdict
from proofs.chaos.viewer import Screen, Shown
from proofs.closed import control_finding_of, finding_of

SOUND = Verdict(
    pictures=30, open_pictures=20, unmasked=0, worst_amplitude=1.0, fill_s=0.5, recovery_s=1.0, deaths=0
)  # fmt: skip


def of(verdict: Verdict, kind: Kind = Kind.TELEMETRY_STOPS) -> Judged:
    return Judged(kind=kind, verdict=verdict)


@pytest.mark.parametrize(
    "kind", [Kind.TELEMETRY_STOPS, Kind.DETECTOR_STOPS, Kind.DECODER_STOPS, Kind.CLOCK_BACK, Kind.WORKER_STOPPED]
)
def test_chaos_shows_nobody_and_ends_by_itself(kind: Kind) -> None:
    verdict = verdict_on(kind, seed=8)
    assert verdict.open_pictures > 5
    assert verdict.unmasked == 0
    assert verdict.fill_s is not None
    assert verdict.fill_s <= 1
    assert verdict.recovery_s is not None


@pytest.mark.parametrize(
    "kind", [Kind.TELEMETRY_HELD, Kind.TELEMETRY_NOWHERE, Kind.TELEMETRY_TWIN, Kind.TELEMETRY_HIGH]
)
def test_telemetry_that_lies_shows_nobody_and_ends_no_worker(kind: Kind) -> None:
    verdict = verdict_on(kind, seed=3)
    assert verdict.open_pictures > 5
    assert (verdict.unmasked, verdict.deaths) == (0, 0)
    assert verdict.recovery_s is not None
    assert kind not in MUST_FILL or (verdict.fill_s is not None and verdict.fill_s <= 1)


def test_the_control_is_caught() -> None:
    found = control_finding_of(list(judged(range(2, 4), seed=2026, control=True)))
    assert not found.holds
    assert found.figures["open_frames"] != 0


def test_a_product_that_waits_for_its_detector_for_ever_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.live_order.LONGEST_WAIT_NS", 10**18)
    assert not finding_of([of(verdict_on(Kind.DETECTOR_STOPS, seed=8), Kind.DETECTOR_STOPS)], None).holds


def test_a_product_that_masks_nobody_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = lambda frame, looks: np.zeros((frame.height_px, frame.width_px), np.uint8)  # noqa: E731 - one line, one use
    monkeypatch.setattr("vision.gate.mask_for", nobody)
    assert verdict_on(Kind.DETECTOR_SLOW, seed=8).unmasked > 5


def test_a_gate_that_believes_a_stale_pose_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flightlink.track.MAX_AGE_MS", 1e9)
    monkeypatch.setattr("vision.posts.PoseTrack", lambda: PoseTrack(1e9))
    verdict = verdict_on(Kind.TELEMETRY_STOPS, seed=8)
    assert verdict.unmasked > 0
    assert verdict.fill_s is None or verdict.fill_s > 1


def test_people_show_without_masks_and_the_detector_finds_them_all() -> None:
    scene = scene_of(np.random.default_rng(1))
    picture, bodies = picture_at(scene, 2.0), bodies_at(scene, 2.0)
    assert shown_amplitude(picture, bodies) > 80
    assert len(found_stripes(picture)) >= 1
    assert shown_amplitude(np.full_like(picture, 118), bodies) == 0


@pytest.mark.parametrize(
    "worse",
    [
        {"unmasked": 1},
        {"fill_s": 1.01},
        {"recovery_s": None},
        {"recovery_s": 99.0},
        {"open_pictures": 0},
    ],
    ids=str,
)
def test_one_bad_run_among_many_is_enough(worse: dict[str, float | None]) -> None:
    bad = of(Verdict(**{**{name: getattr(SOUND, name) for name in Verdict.__slots__}, **worse}))
    assert finding_of([of(SOUND)] * 9, None).holds
    assert not finding_of([*[of(SOUND)] * 9, bad], None).holds


def test_a_lie_is_forgiven_later_than_anything_else() -> None:
    late = Verdict(**{**{name: getattr(SOUND, name) for name in Verdict.__slots__}, "recovery_s": 12.0})
    assert finding_of([of(late, Kind.TELEMETRY_HIGH)], None).holds
    assert not finding_of([of(late, Kind.TELEMETRY_STOPS)], None).holds


def suffered(*, until_s: float, orphan: bool = False) -> Ordeal:
    """Return an ordeal whose only trouble, from 10 to 12 s, leaves an open picture on the screen until an instant."""
    grey = np.zeros((2, 2), np.uint8)
    shown = Shown(from_s=9.0, until_s=until_s, screen=Screen.OPEN, fragment=b"", picture=grey)
    trouble = Trouble(name="MAVLink silent", from_s=10.0, until_s=12.0)
    return Ordeal(troubles=(trouble,), shown=(shown,), open_snapshots_s=(), recoveries_s=(1.0,), orphan=orphan)


def test_a_control_that_merely_breaks_is_not_caught() -> None:
    broken = Verdict(
        pictures=0, open_pictures=0, unmasked=0, worst_amplitude=0.0, fill_s=0.0, recovery_s=None, deaths=4
    )  # fmt: skip
    assert control_finding_of([of(broken)]).holds


def test_real_processes_count_too() -> None:
    assert finding_of([of(SOUND)], suffered(until_s=10.9)).holds
    assert not finding_of([of(SOUND)], suffered(until_s=11.1)).holds
    assert not finding_of([of(SOUND)], suffered(until_s=10.5, orphan=True)).holds


def test_a_verdict_survives_its_line() -> None:
    one = of(SOUND, Kind.PIPE_FULL)
    assert judged_from_line(line_of(one).encode()) == one


def test_every_kind_that_must_end_is_one_of_the_kinds() -> None:
    assert not MUST_FILL & AT_ONCE
    assert set(Kind) > (MUST_FILL | AT_ONCE)
