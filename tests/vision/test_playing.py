"""A recording by a replay's clock: which frames are shown, when, and with what time of their own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from flightlink.replay_time import ReplayTime
from tests.vision.clips import FPS, pictures, written
from vision.encode import FragmentEncoder
from vision.errors import RecordingEndedError
from vision.raw.playing import LATE_NS, Playing, piece_ns
from vision.raw.source import Source, opened_file

S = 1_000_000_000
BEGUN = 1_780_000_000 * S


def clock(speed: float, *, starts_steady_ns: int = 0) -> ReplayTime:
    return ReplayTime(starts_utc_ns=BEGUN, starts_steady_ns=starts_steady_ns, speed=speed)


def shown(
    speed: float,
    *,
    seconds: float,
    slow_ns: int = 0,
    decoding_ns: int = 2_000_000,
    keyframes: int = 25,
) -> list[tuple[float, float]]:
    """Play a recording without end; return (recorded, real) seconds of each frame that is shown.

    A frame costs `decoding_ns`, and `slow_ns` more if it is shown; every so many are keyframes.
    """
    playing, now_ns, frames, index, fps = Playing(clock(speed)), 0, [], 0, 25
    while now_ns < seconds * S:
        utc_ns = BEGUN + round(index * S / fps)
        now_ns += decoding_ns
        due_ns = playing.due_ns(utc_ns, now_ns)
        if due_ns is not None:
            now_ns = max(now_ns, due_ns) + slow_ns
            frames.append(((utc_ns - BEGUN) / S, now_ns / S))
        elif (goal_ns := playing.seek_utc_ns(utc_ns, now_ns)) is not None:
            index = int((goal_ns - BEGUN) / S * fps) // keyframes * keyframes - 1
        index += 1
    return frames


@pytest.mark.parametrize("speed", [0.25, 0.5, 1.0])
def test_up_to_its_own_speed_every_frame_is_shown_at_its_time(speed: float) -> None:
    frames = shown(speed, seconds=20)
    delay_s = clock(speed).video_delay_ns / S
    assert [recorded for recorded, _ in frames] == pytest.approx([index / 25 for index in range(len(frames))])
    assert all(real == pytest.approx((recorded + delay_s) / speed, abs=1e-6) for recorded, real in frames)


@pytest.mark.parametrize("speed", [1.5, 2.0, 4.0, 10.0])
def test_above_it_pieces_follow_the_clock_at_their_own_speed(speed: float) -> None:
    frames = shown(speed, seconds=20)
    behind_s = [clock(speed).video_utc_ns(round(real * S)) / S - BEGUN / S - recorded for recorded, real in frames]
    assert min(behind_s) > -0.05, "never ahead of the clock"
    assert max(behind_s) < (speed - 1) * piece_ns(speed) / S + speed * 0.1 + 0.1
    steps = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(frames)]
    within = [step for step in steps if step[0] < 0.05]
    assert all(recorded == pytest.approx(real, abs=1e-6) for recorded, real in within), "as live, within a piece"
    assert len(within) > 0.9 * len(steps)
    assert len(steps) - len(within) >= 20 / (piece_ns(speed) / S + 0.6) - 1


def test_a_machine_that_is_too_slow_leaves_out_frames_and_keeps_the_time() -> None:
    frames = shown(1.0, seconds=20, slow_ns=60_000_000)
    late_s = [real - 0.06 - recorded - clock(1.0).video_delay_ns / S for recorded, real in frames]
    assert max(late_s) <= LATE_NS / S + 0.001
    assert frames[-1][0] > 19
    assert 300 < len(frames) < 350


@pytest.mark.parametrize("speed", [4.0, 10.0])
def test_keyframes_far_apart_are_decoded_up_to_the_clock_and_not_again_and_again(speed: float) -> None:
    frames = shown(speed, seconds=60, keyframes=100_000)
    behind_s = [clock(speed).video_utc_ns(round(real * S)) / S - BEGUN / S - recorded for recorded, real in frames]
    assert len(frames) > 60 * 25 * 0.3
    assert np.median(behind_s[len(behind_s) // 2 :]) < speed * 3 + 4


def test_a_machine_that_cannot_decode_in_time_shows_what_it_can() -> None:
    frames = shown(1.0, seconds=60, decoding_ns=60_000_000)
    shown_s = [real for _, real in frames]
    assert max(after - before for before, after in pairwise(shown_s)) < 2.5, "better late than never"
    assert [recorded for recorded, _ in frames] == sorted(recorded for recorded, _ in frames)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("playing") / "clip.mp4", pictures(30 * FPS, width_px=64, height_px=48))


def until_its_end(source: Source, replay: ReplayTime) -> Iterator[tuple[int, int]]:
    """Yield the time of each frame and when it was shown."""
    with suppress(RecordingEndedError):
        for raw in source.replayed_frames(Playing(replay), starts_utc_ns=BEGUN):
            yield raw.utc_ns, time.monotonic_ns()


def test_frames_of_a_file_keep_their_own_time_across_seeks(clip: Path) -> None:
    speed = 8.0
    replay = clock(speed, starts_steady_ns=time.monotonic_ns() - S // 2)
    with opened_file(clip) as source:
        frames = list(until_its_end(source, replay))
    recorded = [(utc_ns - BEGUN) / S for utc_ns, _ in frames]
    assert recorded[0] > 1.5, "what was over when it began is left out"
    assert recorded == sorted(recorded)
    assert all(abs(second * FPS - round(second * FPS)) < 1e-6 for second in recorded), "whole frames of the clip"
    assert all(replay.video_utc_ns(now_ns) >= utc_ns - S // 10 for utc_ns, now_ns in frames)


def test_a_file_that_begins_later_waits_for_the_clock(clip: Path) -> None:
    begun_ns = time.monotonic_ns()
    replay = clock(1.0, starts_steady_ns=begun_ns - S // 2)
    with opened_file(clip) as source:
        first = next(source.replayed_frames(Playing(replay), starts_utc_ns=BEGUN + S // 5))
    assert first.utc_ns == BEGUN + S // 5
    assert time.monotonic_ns() - begun_ns > 0.15e9


@pytest.mark.parametrize(("speed", "step_s"), [(0.25, 0.4), (0.5, 0.2), (1.0, 0.1), (8.0, 0.1)])
def test_pictures_are_shown_as_long_as_they_take(speed: float, step_s: float) -> None:
    encoder = FragmentEncoder(width_px=64, height_px=48, fps=FPS, replay_speed=speed)
    stamps = []
    for index, picture in enumerate(islice(pictures(20, width_px=64, height_px=48), 20)):
        gap_s = 9.0 if index >= 10 else 0.0
        encoder.fragments(picture, utc_ns=BEGUN + round((index / FPS + gap_s) * S))
        stamps.append(encoder._last_pts / 90_000)
    steps = [after - before for before, after in pairwise(stamps)]
    assert steps[:9] == pytest.approx([step_s] * 9, abs=1e-3)
    assert steps[9] == pytest.approx(0.1, abs=1e-3), "nothing is shown between two pieces"
    assert steps[10:] == pytest.approx([step_s] * 9, abs=1e-3)
