"""What the station asks for, how often, and that it has no other words."""

import ast
from pathlib import Path

from flightlink.links.reach.requests import RateRequests
from flightlink.mavlink.messages import (
    ATTITUDE,
    CAMERA_FOV_STATUS,
    GIMBAL_DEVICE_ATTITUDE_STATUS,
    MOUNT_STATUS,
    WANTED_HZ,
)
from flightlink.mavlink.voice import Voice

S = 1_000_000_000
ROOM = Path(__file__).resolve().parents[2] / "flightlink"


def asked(requests: RateRequests, at_s: float) -> set[int]:
    return {message_id for message_id, _ in requests.due(round(at_s * S))}


def fed(requests: RateRequests, *kept_away: int) -> None:
    for message_id in set(WANTED_HZ) - set(kept_away):
        for _ in range(100):
            requests.hear(message_id)


def test_all_is_asked_once_and_again_only_while_it_stays_away() -> None:
    requests = RateRequests()
    assert asked(requests, 0) == set(WANTED_HZ)
    assert asked(requests, 0.1) == set()
    for _ in range(60):
        requests.hear(ATTITUDE)
    assert asked(requests, 3) == set(WANTED_HZ) - {ATTITUDE}
    assert asked(requests, 3.1) == set()


def test_a_message_far_below_its_rate_counts_as_away() -> None:
    requests = RateRequests()
    requests.due(0)
    for _ in range(12):
        requests.hear(ATTITUDE)
    assert ATTITUDE in asked(requests, 3)


def test_asking_slows_down_but_never_stops() -> None:
    requests = RateRequests()
    times = []
    for second in range(200):
        fed(requests, CAMERA_FOV_STATUS)
        times += [second] * (CAMERA_FOV_STATUS in asked(requests, second))
    assert times == [0, 3, 6, 12, 24, 48, 78, 108, 138, 168, 198]


def test_a_message_that_came_and_went_is_asked_for_eagerly_again() -> None:
    requests = RateRequests()
    for second in range(100):
        requests.due(second * S)
    for _ in range(2000):
        requests.hear(ATTITUDE)
    assert ATTITUDE not in asked(requests, 130)
    assert ATTITUDE in asked(requests, 134)


def test_what_is_refused_is_shown_and_asked_for_seldom() -> None:
    requests, times = RateRequests(), []
    for second in range(200):
        fed(requests, CAMERA_FOV_STATUS)
        if CAMERA_FOV_STATUS in asked(requests, second):
            times.append(second)
            requests.acknowledge(4)
    assert requests.refused == (CAMERA_FOV_STATUS,)
    assert requests.missing == ()
    assert times == [0, 3, 6, 66, 126, 186]


def test_what_is_accepted_and_never_sent_is_shown_as_missing() -> None:
    requests = RateRequests()
    for second in range(60):
        fed(requests, CAMERA_FOV_STATUS)
        if requests.due(second * S):
            requests.acknowledge(0)
    assert (requests.missing, requests.refused) == ((CAMERA_FOV_STATUS,), ())
    for second in range(60, 120):
        fed(requests)
        requests.due(second * S)
    assert requests.missing == ()


def test_the_old_gimbal_message_is_asked_for_only_where_the_present_one_stays_away() -> None:
    old, new = RateRequests(), RateRequests()
    seen_old, seen_new = set[int](), set[int]()
    for second in range(40):
        fed(old, GIMBAL_DEVICE_ATTITUDE_STATUS)
        fed(new)
        seen_old |= asked(old, second)
        seen_new |= asked(new, second)
    assert MOUNT_STATUS in seen_old
    assert MOUNT_STATUS not in seen_new


def test_a_reboot_asks_for_everything_at_once_again() -> None:
    requests = RateRequests()
    requests.due(0)
    requests.restart()
    assert asked(requests, 0.1) == set(WANTED_HZ)


def test_only_the_voice_encodes_and_it_knows_no_command_but_to_be_told() -> None:
    encoders = {
        path.name
        for path in ROOM.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and (node.attr in ("pack", "send") or node.attr.endswith(("_send", "_encode")))
    }
    # the hub and its speaking send what the voice packed, the link hands it to its socket
    assert encoders == {"voice.py", "hub.py", "speaking.py", "datagram.py"}
    words = {name for name in vars(Voice) if not name.startswith("_")}
    assert words == {"heartbeat", "timesync", "message_interval", "message_once", "point_gimbal"}
