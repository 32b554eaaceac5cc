"""What is asked once, in which order, how often."""

from itertools import pairwise

from flightlink.links.reach.discovery import Discovery
from flightlink.mavlink.messages import (
    ASKED_ONCE,
    AUTOPILOT_VERSION,
    CAMERA_INFORMATION,
    GIMBAL_MANAGER_INFORMATION,
    HOME_POSITION,
    VIDEO_STREAM_INFORMATION,
)

S = 1_000_000_000


def asked(discovery: Discovery, at_s: float, *, cameras: tuple[int, ...] = ()) -> tuple[int, int] | None:
    return discovery.due(round(at_s * S), autopilot=1, cameras=cameras, gimbals=())


def test_an_answering_vehicle_is_known_after_one_round() -> None:
    discovery, seen = Discovery(), []
    for step in range(20):
        question = asked(discovery, step / 10, cameras=(100,))
        if question is not None:
            seen.append(question)
            discovery.hear(*question, round((step + 0.5) / 10 * S))
    assert seen == [
        (1, AUTOPILOT_VERSION), (1, HOME_POSITION), (1, CAMERA_INFORMATION), (1, VIDEO_STREAM_INFORMATION),
        (100, CAMERA_INFORMATION), (100, VIDEO_STREAM_INFORMATION), (1, GIMBAL_MANAGER_INFORMATION),
    ]  # fmt: skip
    assert {message_id for _, message_id in seen} == set(ASKED_ONCE)


def test_a_silent_camera_is_asked_three_times_then_seldom_and_never_for_its_streams() -> None:
    discovery, times = Discovery(), []
    for step in range(2000):
        question = asked(discovery, step / 10)
        assert question is None or question[1] != VIDEO_STREAM_INFORMATION
        if question == (1, CAMERA_INFORMATION):
            times.append(step / 10)
        elif question is not None:
            discovery.hear(*question, step * S // 10)
    assert len([at_s for at_s in times if at_s < 60]) == 3
    assert 1 <= times[1] - times[0] < 2
    assert times[3] - times[2] >= 60


def test_a_refusal_spares_the_next_tries() -> None:
    discovery, times = Discovery(), []
    for step in range(600):
        question = asked(discovery, step / 10)
        if question == (1, HOME_POSITION):
            times.append(step / 10)
            discovery.acknowledge(4)
    assert len(times) == 1


def test_the_version_is_renewed_so_that_a_second_vehicle_shows() -> None:
    discovery, times = Discovery(), []
    for step in range(200):
        question = asked(discovery, step / 10)
        if question is not None:
            discovery.hear(*question, step * S // 10)
            times += [step / 10] * (question[1] == AUTOPILOT_VERSION)
    assert all(later - earlier < 5.3 for earlier, later in pairwise(times))
    assert len(times) == 4


def test_a_reboot_asks_everything_anew() -> None:
    discovery = Discovery()
    discovery.hear(1, AUTOPILOT_VERSION, S)
    assert asked(discovery, 1.1) == (1, HOME_POSITION)
    discovery.restart()
    assert asked(discovery, 1.2) == (1, AUTOPILOT_VERSION)
