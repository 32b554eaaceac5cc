"""A forged address of a video must not make the station connect anywhere but to the vehicle itself."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.vehicle.equipment.addresses import VideoAddress, VideoRefusal, hosts_of, video_address
from flightlink.vehicle.equipment.cameras import VideoKind, VideoStream
from flightlink.vehicle.state import LinkState, WayState

STREAM = VideoStream(
    component_id=100, device_id=0, stream_id=1, kind=VideoKind.RTSP, url="rtsp://10.0.0.7:8554/main", name=None,
    width_px=None, height_px=None, fps=None, hfov_deg=None, is_running=True, is_thermal=False, received_utc_ns=0,
)  # fmt: skip
VEHICLE = {"10.0.0.7"}


def way(peer: str, state: LinkState = LinkState.OK) -> WayState:
    return WayState(
        system_id=1, link="udpin://0.0.0.0:14550", peer=peer, state=state, age_s=0.0, loss_share=None,
        round_trip_ms=None, round_trip_age_s=None, is_used=True, missing=(), refused=(),
    )  # fmt: skip


def answer(
    url: str, *, kind: VideoKind = VideoKind.RTSP, hosts: set[str] = VEHICLE, allowed: set[str] | None = None
) -> VideoAddress | VideoRefusal:
    return video_address([replace(STREAM, url=url, kind=kind)], hosts=hosts, allowed=allowed or set())


@pytest.mark.parametrize(
    ("url", "kind", "allowed", "opened"),
    [
        ("rtsp://10.0.0.7:8554/main", VideoKind.RTSP, set(), "rtsp://10.0.0.7:8554/main"),
        ("rtsp://u:p@10.0.0.7/main?x=1", VideoKind.RTSP, set(), "rtsp://u:p@10.0.0.7/main?x=1"),
        ("rtsp://10.0.0.9/main", VideoKind.RTSP, {"10.0.0.9"}, "rtsp://10.0.0.9/main"),
        ("rtsps://camera.local/main", VideoKind.RTSP, {"camera.local"}, "rtsps://camera.local/main"),
        ("tcp://10.0.0.7:5600", VideoKind.TCP_MPEG, set(), "tcp://10.0.0.7:5600"),
        ("5600", VideoKind.MPEG_TS, set(), "udp://0.0.0.0:5600?sources=10.0.0.7"),
        ("udp://239.1.1.1:5600", VideoKind.MPEG_TS, set(), "udp://0.0.0.0:5600?sources=10.0.0.7"),
    ],
)
def test_the_vehicles_own_host_and_those_of_the_settings_are_opened(
    url: str, kind: VideoKind, allowed: set[str], opened: str
) -> None:
    found = answer(url, kind=kind, allowed=allowed)
    assert isinstance(found, VideoAddress), found
    assert found.url == opened
    assert "@" not in found.shown
    assert "?" not in found.shown


@pytest.mark.parametrize(
    ("url", "kind", "cause"),
    [
        ("rtsp://10.0.0.8:8554/main", VideoKind.RTSP, "video_host_refused"),
        ("rtsp://127.0.0.1:22/", VideoKind.RTSP, "video_host_refused"),
        ("rtsp://10.0.0.7.evil.example/main", VideoKind.RTSP, "video_host_refused"),
        ("rtsp://10.0.0.7@10.6.6.6/main", VideoKind.RTSP, "video_host_refused"),
        ("rtsp://camera.local/main", VideoKind.RTSP, "video_host_refused"),
        ("rtsp://x\\@10.0.0.7/main", VideoKind.RTSP, "video_host_refused"),
        ("tcp://10.0.0.7:5600?listen=1", VideoKind.TCP_MPEG, "video_kind_refused"),
        ("rtp://10.0.0.7:5600", VideoKind.RTP_UDP, "video_kind_refused"),
    ],
)
def test_any_other_is_refused_with_its_cause(url: str, kind: VideoKind, cause: str) -> None:
    found = answer(url, kind=kind)
    assert isinstance(found, VideoRefusal), found
    assert found.cause == cause
    assert "\n" not in found.detail


def test_a_vehicle_without_an_address_of_its_own_gets_nothing_opened() -> None:
    for url, kind in (("rtsp://10.0.0.7/x", VideoKind.RTSP), ("5600", VideoKind.MPEG_TS)):
        assert isinstance(answer(url, kind=kind, hosts=set()), VideoRefusal)
    assert video_address([], hosts=VEHICLE) == VideoRefusal(
        cause="no_video_stream", detail="the vehicle has told no address of a video yet"
    )


def test_daylight_comes_before_thermal_and_what_may_be_opened_before_what_may_not() -> None:
    streams = [
        replace(STREAM, stream_id=1, is_thermal=True, url="rtsp://10.0.0.7/thermal"),
        replace(STREAM, stream_id=2, url="rtsp://10.9.9.9/day"),
        replace(STREAM, stream_id=3, url="rtsp://10.0.0.7/day"),
    ]
    found = [video_address(streams[:count], hosts=VEHICLE) for count in (1, 2, 3)]
    assert [one.url for one in found if isinstance(one, VideoAddress)] == [
        "rtsp://10.0.0.7/thermal", "rtsp://10.0.0.7/thermal", "rtsp://10.0.0.7/day",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("10.0.0.7:14550", "10.0.0.7"), ("fe80::1:14550", "fe80::1"), ("tcp://10.0.0.7:5760", "10.0.0.7"),
        ("udpout://vehicle.local:14550", "vehicle.local"), ("serial:///dev/ttyUSB0?baud=57600", None), ("", None),
    ],
)  # fmt: skip
def test_a_vehicle_speaks_from_the_address_of_its_peer(peer: str, host: str | None) -> None:
    assert hosts_of([way(peer)]) == ({host} if host else set())
    assert hosts_of([way(peer, LinkState.LOST)]) == set()


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60), st.sampled_from(["rtsp", "tcp"]))
def test_whatever_is_told_only_the_vehicle_is_reached(rest: str, scheme: str) -> None:
    kind = VideoKind.RTSP if scheme == "rtsp" else VideoKind.TCP_MPEG
    try:
        urlsplit(f"{scheme}://{rest}")
    except ValueError:
        return  # the fact is never made
    found = answer(f"{scheme}://{rest}", kind=kind)
    assert isinstance(found, VideoRefusal) or urlsplit(found.url).hostname == "10.0.0.7"
