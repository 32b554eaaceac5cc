"""When a live picture was taken: the order of what tells it, and what makes each of them unbelievable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flightlink.video_pose import PoseFrom, ToldTime
from vision.frame_time import CALIBRATED_ERROR_MS, RTCP_LATE_NS, Arrived, TimeFrom, frame_time

NOW_NS = 1_800_000_000 * 10**9
MS = 1_000_000
NOTHING = Arrived(utc_ns=NOW_NS, told={}, rtcp_utc_ns=None)


def told(source: PoseFrom, late_ms: int) -> Arrived:
    return replace(NOTHING, told={source: ToldTime(NOW_NS - late_ms * MS, 5.0)})


def of(
    arrived: Arrived, pose_from: PoseFrom = PoseFrom.MAVLINK, *, is_calibrated: bool = True
) -> tuple[str, float, float]:
    found = frame_time(arrived, pose_from=pose_from, is_calibrated=is_calibrated)
    return found.source.value, (NOW_NS - found.utc_ns) / MS, found.error_ms


def test_the_videos_own_time_counts_for_its_own_poses_however_late() -> None:
    assert of(told(PoseFrom.SEI, 900), PoseFrom.SEI) == ("sei", 900, 5)
    assert of(told(PoseFrom.KLV, -400), PoseFrom.KLV) == ("klv", -400, 5)


def test_one_kind_of_pose_never_takes_the_time_of_the_other() -> None:
    assert of(told(PoseFrom.SEI, 90), PoseFrom.KLV)[0] == "arrival"


@pytest.mark.parametrize(
    ("late_ms", "source"), [(0, "sei"), (80, "sei"), (-80, "sei"), (150, "arrival"), (-2000, "arrival")]
)
def test_for_poses_of_the_link_it_must_agree_with_a_measured_latency(late_ms: int, source: str) -> None:
    found, late, error_ms = of(told(PoseFrom.SEI, late_ms))
    assert found == source
    assert error_ms == (max(CALIBRATED_ERROR_MS, abs(late_ms)) if source == "sei" else CALIBRATED_ERROR_MS)
    assert late == (late_ms if source == "sei" else 0)


@pytest.mark.parametrize(("late_ms", "source"), [(0, "sei"), (900, "sei"), (-1, "arrival"), (1100, "arrival")])
def test_without_a_measured_latency_it_must_be_plausible(late_ms: int, source: str) -> None:
    assert of(told(PoseFrom.SEI, late_ms), is_calibrated=False)[0] == source


def test_the_senders_reports_count_where_no_latency_was_measured() -> None:
    reported = replace(NOTHING, rtcp_utc_ns=NOW_NS - 120 * MS)
    assert of(reported, is_calibrated=False) == ("rtcp", 120 + RTCP_LATE_NS / MS, 30)
    assert of(reported)[0] == TimeFrom.ARRIVAL
    for absurd in (NOW_NS + 90 * MS, NOW_NS - 5000 * MS, 0):
        assert of(replace(reported, rtcp_utc_ns=absurd), is_calibrated=False) == ("arrival", 0, 150)
