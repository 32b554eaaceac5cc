"""What the station asks for, how often, and that it has no other words."""

import ast
from pathlib import Path

from flightlink.messages import ATTITUDE, CAMERA_FOV_STATUS, WANTED_HZ
from flightlink.requests import RateRequests
from flightlink.voice import Voice

S = 1_000_000_000
ROOM = Path(__file__).resolve().parents[2] / "flightlink"


def asked(requests: RateRequests, at_s: float) -> set[int]:
    return {message_id for message_id, _ in requests.due(round(at_s * S))}


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
    times = [second for second in range(200) if CAMERA_FOV_STATUS in asked(requests, second)]
    assert times == [0, 3, 6, 9, 12, 42, 72, 102, 132, 162, 192]


def test_a_message_that_came_and_went_is_asked_for_eagerly_again() -> None:
    requests = RateRequests()
    for second in range(100):
        requests.due(second * S)
    for _ in range(2000):
        requests.hear(ATTITUDE)
    assert ATTITUDE not in asked(requests, 130)
    assert ATTITUDE in asked(requests, 134)


def test_the_version_is_asked_for_now_and_then() -> None:
    requests = RateRequests()
    assert [second for second in range(50) if requests.version_is_due(second * S)] == [0, 20, 40]


def test_only_the_voice_encodes_and_it_knows_no_command_but_to_be_told() -> None:
    encoders = {
        path.name
        for path in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and (node.attr in ("pack", "send") or node.attr.endswith(("_send", "_encode")))
    }
    assert encoders == {"voice.py", "hub.py"}  # the hub sends what the voice packed
    words = {name for name in vars(Voice) if not name.startswith("_")}
    assert words == {"heartbeat", "timesync", "message_interval", "autopilot_version"}
