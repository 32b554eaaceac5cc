"""Which of several sources tells where a live camera is, frame by frame, and what is told of the choice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flightlink.optics import Optics
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, PoseRefusal
from flightlink.track import FixedPose, PoseTrack
from flightlink.video_pose import PoseFrom, VideoPoses
from tests.flightlink.klv_bytes import items, packet
from tests.flightlink.test_sei import FRAME_US, payload, told
from tests.flightlink.test_sei import UTC_US as SEI_US
from tests.flightlink.test_video_pose import POSE
from vision.pose_choice import PoseChoice
from vision.posts import NoPose

MS = 1_000_000
LATE_NS = 150 * MS
FRAME_NS = FRAME_US * 1000
BEGUN_NS = SEI_US * 1000


class Feed:
    """A live video, frame by frame."""

    def __init__(self, choice: PoseChoice) -> None:
        self.choice = choice
        self.number = 0

    def frame(self, *, sei: bool = True, klv: bool = False, off_ns: int = 0, rtcp: bool = False) -> int:
        utc_ns = BEGUN_NS + self.number * FRAME_NS
        arrival_ns, stamp_ns = utc_ns + LATE_NS, self.number * FRAME_NS
        if sei:
            record = told(self.number)
            self.choice.take_sei(payload(record | {"utc_us": record["utc_us"] + off_ns // 1000}), arrival_ns)
        if klv:
            self.choice.take_klv(packet(items((utc_ns + off_ns) // 1000)), stamp_ns=stamp_ns, arrival_utc_ns=arrival_ns)
        self.number += 1
        return self.choice.place(
            by_arrival_ns=arrival_ns - LATE_NS, stamp_ns=stamp_ns, arrival_utc_ns=arrival_ns,
            rtcp_utc_ns=utc_ns if rtcp else None,
        )  # fmt: skip


def link(seconds: float = 8.0) -> PoseTrack:
    """Poses of the vehicle's link that turn 10 degrees a second, at the place that the frames tell."""
    here = replace(POSE, lat_deg=48.8566, lon_deg=2.3522)
    track = PoseTrack()
    for number in range(int(seconds * 20)):
        track.add(replace(here, utc_ns=BEGUN_NS + number * 50 * MS, yaw_deg=number * 0.5))
    return track


def feed(wanted: str = "auto", *, video: bool = True, is_calibrated: bool = True) -> Feed:
    poses = VideoPoses(Optics(picture_px=(1280, 720))) if video else None
    return Feed(PoseChoice(link(), poses, wanted=wanted, is_calibrated=is_calibrated))


def source_of(one: Feed) -> str:
    assert one.choice.placed is not None
    return one.choice.placed.pose_from.value


def test_frames_that_tell_their_pose_are_believed_first() -> None:
    one = feed()
    for _ in range(10):
        utc_ns = one.frame(klv=True)
        pose = one.choice.pose_at(utc_ns)
        assert isinstance(pose, CameraPose)
        assert (source_of(one), utc_ns) == ("sei", BEGUN_NS + (one.number - 1) * FRAME_NS)


@pytest.mark.parametrize(
    ("wanted", "sei", "klv", "chosen"),
    [
        ("auto", False, True, "klv"),
        ("auto", False, False, "mavlink"),
        ("klv", True, True, "klv"),
        ("mavlink", True, True, "mavlink"),
        ("sei", True, True, "sei"),
    ],
)
def test_the_settings_say_what_may_be_used(wanted: str, sei: bool, klv: bool, chosen: str) -> None:
    # the packets are of another camera than the link's: alone they are believed
    is_alone = (wanted, klv) == ("auto", True)
    poses = VideoPoses(Optics(picture_px=(1280, 720)))
    one = Feed(PoseChoice(NoPose() if is_alone else link(), poses, wanted=wanted))
    for _ in range(8):
        utc_ns = one.frame(sei=sei, klv=klv)
    assert isinstance(one.choice.pose_at(utc_ns), CameraPose)
    assert source_of(one) == chosen


def test_a_setting_that_finds_nothing_is_a_refusal() -> None:
    one = feed("klv")
    answer = one.choice.pose_at(one.frame(sei=True, klv=False))
    assert isinstance(answer, PoseRefusal)
    assert answer.cause == "no_pose"


def test_a_wrong_clock_is_refused_and_told_and_the_link_takes_over() -> None:
    one = feed()
    for _ in range(5):
        utc_ns = one.frame(off_ns=-60_000 * MS)
    assert source_of(one) == "mavlink"
    assert utc_ns == BEGUN_NS + 4 * FRAME_NS
    assert one.choice.placed is not None
    assert one.choice.placed.video_refused == {"wrong_time": 5}
    alone = feed("sei")
    answer = alone.choice.pose_at(alone.frame(off_ns=-60_000 * MS))
    assert isinstance(answer, PoseRefusal)
    assert answer.cause == "wrong_time"


def test_a_source_that_falls_silent_is_waited_for_before_another_takes_over() -> None:
    one = feed()
    for _ in range(10):
        one.frame()
    seen = []
    for _ in range(50):
        answer = one.choice.pose_at(one.frame(sei=False))
        seen.append(source_of(one) if isinstance(answer, CameraPose) else answer.cause)
    assert set(seen) == {"sei", "stale_pose", "mavlink"}
    assert seen == sorted(seen, key=["sei", "stale_pose", "mavlink"].index)
    assert seen.count("stale_pose") >= 10


def test_a_frame_without_a_record_does_not_take_the_time_of_another() -> None:
    one = feed()
    one.frame()
    one.frame()
    assert one.frame(sei=False) == BEGUN_NS + 2 * FRAME_NS


def test_the_poses_error_grows_with_the_doubt_of_the_time() -> None:
    exact, doubtful = feed("mavlink"), feed("mavlink", is_calibrated=False)
    errors = {}
    for name, one in (("calibrated", exact), ("unknown", doubtful)):
        for _ in range(8):
            utc_ns = one.frame(sei=False)
        pose = one.choice.pose_at(utc_ns)
        assert isinstance(pose, CameraPose)
        errors[name] = pose.sigma.yaw_deg - CONSUMER_GIMBAL.yaw_deg
        assert pose.sigma.pitch_deg == pytest.approx(CONSUMER_GIMBAL.pitch_deg)
    assert errors["calibrated"] == pytest.approx(10 * 0.03, abs=0.01)
    assert errors["unknown"] == pytest.approx(10 * 0.15, abs=0.01)


def test_a_camera_that_stands_asks_the_video_nothing() -> None:
    choice = PoseChoice(FixedPose(POSE), VideoPoses(Optics()))
    one = Feed(choice)
    pose = choice.pose_at(one.frame(rtcp=True))
    assert isinstance(pose, CameraPose)
    assert pose.sigma == POSE.sigma
    assert (source_of(one), choice.reads_klv, choice.reads_sei) == ("fixed", False, False)


@pytest.mark.parametrize(
    ("wanted", "reads"),
    [("auto", (True, True)), ("klv", (True, False)), ("sei", (False, True)), ("mavlink", (False, False))],
)
def test_only_what_may_be_used_is_read(wanted: str, reads: tuple[bool, bool]) -> None:
    choice = feed(wanted).choice
    assert (choice.reads_klv, choice.reads_sei) == reads


def test_any_other_instant_is_the_links() -> None:
    one = feed()
    one.frame()
    answer = one.choice.pose_at(BEGUN_NS + 3_000 * MS)
    assert isinstance(answer, CameraPose)
    assert answer.yaw_deg == pytest.approx(30)
    assert one.choice.placed is not None
    assert one.choice.placed.pose_from is PoseFrom.SEI


def test_packets_that_leap_over_half_the_earth_end_no_worker() -> None:
    choice = PoseChoice(PoseTrack(), VideoPoses(Optics(picture_px=(1280, 720))))
    for number in range(40):
        utc_ns, is_odd = BEGUN_NS + number * 100 * MS, number % 2
        told = items(utc_ns // 1000, lat=-60.0 if is_odd else 60.0, lon=170.0 if is_odd else -10.0)
        stamp_ns = number * 100 * MS + 400 * MS * is_odd
        choice.take_klv(packet(told), stamp_ns=stamp_ns, arrival_utc_ns=utc_ns + 50 * MS)
        choice.place(
            by_arrival_ns=utc_ns, stamp_ns=stamp_ns + 30 * MS, arrival_utc_ns=utc_ns + 50 * MS, rtcp_utc_ns=None
        )
    assert choice.placed is not None
