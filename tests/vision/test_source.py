"""Sources: a closed local file or nothing, bad input in one line, and the capture time of live pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.clips import FPS, HEIGHT_PX, WIDTH_PX, pictures, written
from tests.vision.scene import UTC_NS, textured
from vision.clock import JUMP_NS, READ_WITHIN_NS, SETTLING_NS, STEP_NS, LiveClock, utc_and_steady_ns
from vision.encode import FragmentEncoder, jpeg
from vision.errors import EncodeError, SourceError, SourceLostError
from vision.raw.frames import RawFrame
from vision.raw.source import opened_file, opened_stream

COUNT = 12


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("clips") / "clip.mp4", pictures(COUNT))


def frames_of(path: Path) -> list[RawFrame]:
    with opened_file(path) as source:
        return list(source.file_frames(starts_utc_ns=UTC_NS))


def test_every_frame_of_a_file_comes_with_its_time(clip: Path) -> None:
    frames = frames_of(clip)
    assert [frame.index for frame in frames] == list(range(COUNT))
    assert [frame.utc_ns for frame in frames] == [UTC_NS + n * 10**9 // FPS for n in range(COUNT)]
    assert {(frame.width_px, frame.height_px) for frame in frames} == {(WIDTH_PX, HEIGHT_PX)}
    with opened_file(clip) as source:
        assert (source.shape.fps, source.shape.frames_expected) == (FPS, COUNT)


@pytest.mark.parametrize("name", ["picture.png", "picture.jpg"])
def test_a_picture_is_a_film_of_one_frame(name: str, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / name), textured(60, 80))
    assert [(frame.utc_ns, frame.width_px) for frame in frames_of(tmp_path / name)] == [(UTC_NS, 80)]


def test_a_file_that_breaks_off_gives_what_came_before(clip: Path, tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.ts", pictures(COUNT)).read_bytes()
    (tmp_path / "cut.ts").write_bytes(whole[: len(whole) // 2])
    frames = frames_of(tmp_path / "cut.ts")
    assert 2 <= len(frames) < COUNT
    assert [frame.index for frame in frames] == list(range(len(frames)))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9])
def test_a_cut_file_is_bad_input_or_fewer_frames_and_never_anything_else(
    share: float, clip: Path, tmp_path: Path
) -> None:
    data = clip.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: int(len(data) * share)])
    one_line_of_bad_input_or_frames(tmp_path / "cut.mp4")


@settings(max_examples=25)
@given(
    data=st.binary(max_size=400),
    head=st.sampled_from([0, 40, 400, 3000]),
    ending=st.sampled_from(["mp4", "ts", "avi", "png"]),
)
def test_no_bytes_make_decoding_fail_in_another_way(
    data: bytes, head: int, ending: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / f"junk.{ending}"
    path.write_bytes(WHOLE.read_bytes()[:head] + data if WHOLE else data)
    one_line_of_bad_input_or_frames(path)


WHOLE: Path | None = None


@pytest.fixture(scope="module", autouse=True)
def _whole(clip: Path) -> Iterator[None]:
    global WHOLE  # noqa: PLW0603 - hypothesis takes no fixture of a module per example
    WHOLE = clip
    yield
    WHOLE = None


def one_line_of_bad_input_or_frames(path: Path) -> None:
    found: list[RawFrame] | SourceError
    try:
        found = frames_of(path)
    except SourceError as error:
        found = error
    words = str(found) if isinstance(found, SourceError) else path.name
    assert found
    assert path.name in words
    assert "\n" not in words


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "pipe", Path("/dev/zero"), Path("udp://127.0.0.1:9")):
        with pytest.raises(SourceError, match="not a regular file"):
            opened_file(path)


def test_a_file_of_sound_alone_is_refused_and_sound_beside_pictures_is_never_read(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(SourceError, match="holds no video"):
        opened_file(path)


@pytest.mark.parametrize("query", ["", "?passphrase=secret", "?token=secret@home"])
def test_an_address_is_never_told_with_its_password(query: str) -> None:
    with pytest.raises(SourceLostError) as caught:
        opened_stream(f"rtsp://pilot:secret@127.0.0.1:9/live{query}")
    assert "secret" not in str(caught.value)
    assert "@" in query or "rtsp://127.0.0.1:9/live: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_stream_that_ends_is_lost(clip: Path) -> None:
    with opened_stream(str(clip)) as source, pytest.raises(SourceLostError, match="has ended"):
        list(source.live_frames(LiveClock(latency_ns=0)))


# when a live picture was taken

BEGUN_NS = 1_700_000_000 * 10**9


@settings(max_examples=50)
@given(jitter_ms=st.lists(st.floats(0, 300), min_size=10, max_size=80), latency_ms=st.integers(0, 500))
def test_jitter_only_ever_delays_so_the_quickest_arrival_sets_the_time(jitter_ms: list[float], latency_ms: int) -> None:
    clock = LiveClock(latency_ns=latency_ms * 10**6)
    least_ms = float("inf")
    times = []
    for number, late_ms in enumerate(jitter_ms):
        taken_ns = number * 40_000_000
        arrival_ns = BEGUN_NS + taken_ns + round((latency_ms + late_ms) * 1e6)
        least_ms = min(least_ms, late_ms)
        times.append(clock.utc_ns(stamp_ns=taken_ns, arrival_utc_ns=arrival_ns, arrival_steady_ns=arrival_ns))
        assert times[-1] - BEGUN_NS - taken_ns == pytest.approx(least_ms * 1e6, abs=2)
    settled = times[int(np.argmin(jitter_ms)) :]
    assert {after - before for before, after in pairwise(settled)} <= {39_999_999, 40_000_000, 40_000_001}


def test_a_stream_s_first_burst_is_not_trusted() -> None:
    clock = LiveClock(latency_ns=0)
    assert not clock.settled(BEGUN_NS)
    clock.utc_ns(stamp_ns=0, arrival_utc_ns=BEGUN_NS, arrival_steady_ns=0)
    assert not clock.settled(BEGUN_NS + SETTLING_NS - 1)
    assert clock.settled(BEGUN_NS + SETTLING_NS)


@pytest.mark.parametrize("jump_ns", [5 * JUMP_NS, -5 * JUMP_NS])
def test_a_clock_that_jumps_starts_over(jump_ns: int) -> None:
    clock = LiveClock(latency_ns=0)
    for number in range(100):
        arrival_ns = BEGUN_NS + number * 10**8
        clock.utc_ns(stamp_ns=number * 10**8, arrival_utc_ns=arrival_ns, arrival_steady_ns=arrival_ns)
    arrival_ns = BEGUN_NS + 10**10 + jump_ns
    assert clock.utc_ns(stamp_ns=10**10, arrival_utc_ns=arrival_ns, arrival_steady_ns=arrival_ns) == arrival_ns
    assert not clock.settled(arrival_ns)


@pytest.mark.parametrize("set_by_ns", [2 * STEP_NS, -2 * STEP_NS, 600 * 10**9])
def test_a_machine_whose_clock_is_set_ends_the_stream_however_small_the_step(set_by_ns: int) -> None:
    """Poses and looks of before would count as of another time; a new worker knows none of them."""
    clock = LiveClock(latency_ns=0)
    for number in range(100):
        clock.utc_ns(
            stamp_ns=number * 10**8, arrival_utc_ns=BEGUN_NS + number * 10**8, arrival_steady_ns=number * 10**8
        )
    arrival_ns = BEGUN_NS + 10**10 + set_by_ns
    with pytest.raises(SourceLostError, match=r"clock was set by [+-]\d+\.\d\d s"):
        clock.utc_ns(stamp_ns=10**10, arrival_utc_ns=arrival_ns, arrival_steady_ns=10**10)


def test_both_clocks_are_read_together() -> None:
    utc_ns, steady_ns = utc_and_steady_ns()
    again_utc_ns, again_steady_ns = utc_and_steady_ns()
    assert abs((again_utc_ns - utc_ns) - (again_steady_ns - steady_ns)) < 2 * READ_WITHIN_NS


def test_a_clock_that_drifts_is_followed() -> None:
    """The camera's clock is slow by 100 parts in a million; after a minute the time is still right."""
    clock = LiveClock(latency_ns=0)
    for number in range(60 * 25):
        arrival_ns = BEGUN_NS + number * 40_000_000
        stamp_ns = round(number * 40_000_000 * 0.9999)
        found_ns = clock.utc_ns(stamp_ns=stamp_ns, arrival_utc_ns=arrival_ns, arrival_steady_ns=arrival_ns)
    assert abs(found_ns - arrival_ns) < 2e6


# encode


def streamed(shown: list[Any], *, fps: float = 10.0) -> tuple[bytes, list[bool]]:
    encoder = FragmentEncoder(width_px=shown[0].shape[1], height_px=shown[0].shape[0], fps=fps)
    fragments = [
        one for n, picture in enumerate(shown) for one in encoder.fragments(picture, utc_ns=UTC_NS + n * 10**8)
    ]
    fragments += encoder.closed()
    return encoder.init_segment + b"".join(one.data for one in fragments), [one.keyframe for one in fragments]


@pytest.mark.parametrize("colour", [True, False])
def test_what_is_encoded_is_shown_again(colour: bool, tmp_path: Path) -> None:
    shown = [np.full((48, 66, 3) if colour else (48, 66), 40 + 8 * n, np.uint8) for n in range(15)]
    data, keyframes = streamed(shown)
    (tmp_path / "out.mp4").write_bytes(data)
    with opened_file(tmp_path / "out.mp4") as source:
        back = list(source.file_frames(starts_utc_ns=0))
    assert len(back) == len(keyframes) == 15
    assert keyframes[0]
    assert any(keyframes[1:]), "a viewer who joins later waits a second at most"
    with av.open(str(tmp_path / "out.mp4")) as container:
        grey = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert all(abs(int(picture.mean()) - (40 + 8 * n)) <= 2 for n, picture in enumerate(grey))


def test_odd_sizes_lose_their_last_row_and_column() -> None:
    encoder = FragmentEncoder(width_px=65, height_px=47, fps=10)
    assert (encoder.width_px, encoder.height_px) == (64, 46)
    assert encoder.fragments(np.zeros((47, 65), np.uint8), utc_ns=0) == []
    assert encoder.codec.startswith("avc1.42")


def test_a_picture_of_another_size_is_refused() -> None:
    encoder = FragmentEncoder(width_px=64, height_px=48, fps=10)
    with pytest.raises(EncodeError, match="another size"):
        encoder.fragments(np.zeros((20, 64), np.uint8), utc_ns=0)


def test_times_that_go_backwards_do_not_stop_the_stream() -> None:
    encoder = FragmentEncoder(width_px=64, height_px=48, fps=10)
    fragments = [
        one
        for utc_ns in (10**9, 9 * 10**8, 9 * 10**8, 10**9)
        for one in encoder.fragments(np.zeros((48, 64), np.uint8), utc_ns=utc_ns)
    ]
    assert len(fragments + encoder.closed()) == 4


def test_after_a_clock_was_set_back_the_stream_goes_on_at_its_pace(tmp_path: Path) -> None:
    encoder = FragmentEncoder(width_px=64, height_px=48, fps=10)
    times_ns = [n * 10**8 - (3600 * 10**9 if n >= 10 else 0) for n in range(20)]
    grey = np.zeros((48, 64), np.uint8)
    fragments = [one for utc_ns in times_ns for one in encoder.fragments(grey, utc_ns=utc_ns)] + encoder.closed()
    (tmp_path / "out.mp4").write_bytes(encoder.init_segment + b"".join(one.data for one in fragments))
    with av.open(str(tmp_path / "out.mp4")) as container:
        shown_s = [frame.time for frame in container.decode(video=0)]
    assert shown_s == pytest.approx([n / 10 for n in range(20)], abs=1e-3)


def test_a_snapshot_carries_no_metadata() -> None:
    data = jpeg(textured(40, 60))
    assert data[:4] == b"\xff\xd8\xff\xe0"
    assert b"Exif" not in data
    assert b"\xff\xfe" not in data[:200], "no comment"
