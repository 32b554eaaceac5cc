"""No picture in any file: whatever a program opens for writing is known, and what is in it is looked at."""

from __future__ import annotations

import base64
import struct
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from proofs.disk import LEAKS, UNSEEN_BYTES, bytes_of, image_bytes_of_a_leak, image_bytes_on_disk
from proofs.imagery import image_bytes, is_signed
from proofs.opens import RETURN, filter_steps
from proofs.watched import WrittenFile, watched
from vision.syscalls import X86_64


def frame() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(2).integers(0, 256, (60, 80), np.uint8)


@pytest.mark.parametrize("way", LEAKS)
def test_a_program_that_writes_one_frame_is_caught(way: str) -> None:
    leaked = image_bytes_of_a_leak(way)
    assert leaked.image_bytes >= 20_000
    assert leaked.calls > 0


def test_a_program_that_writes_text_only_is_known_but_not_blamed(tmp_path: Path) -> None:
    code = "open('said.txt', 'w').write('12 people'); open('/dev/null', 'w').write('x'); print(open('said.txt').read())"
    with watched([sys.executable, "-c", code], folder=tmp_path) as watch:
        assert watch.process.wait(20) == 0
        (written,) = watch.files()
    assert written == WrittenFile(path=str(tmp_path / "said.txt"), data=b"12 people")
    assert bytes_of(written) == 0


def test_a_file_opened_late_is_looked_into_before_it_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine a program may open its file only when nobody tries to catch it any more."""
    monkeypatch.setattr("proofs.watched.CATCHING_S", -1.0)
    code = "import os; open('tried', 'w').write('blat'); os.unlink('tried')"
    with watched([sys.executable, "-c", code], folder=tmp_path) as watch:
        assert watch.process.wait(20) == 0
        (written,) = watch.files()
    assert written == WrittenFile(path=str(tmp_path / "tried"), data=b"blat")


def test_a_file_that_never_came_to_be_stays_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofs.watched.CATCHING_S", -1.0)
    with watched([sys.executable, "-c", "open('no/such', 'w')"], folder=tmp_path) as watch:
        watch.process.wait(20)
        assert [file.data for file in watch.files()] == [None]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".pgm"])
def test_every_coded_picture_counts_whole(suffix: str) -> None:
    data = cv2.imencode(suffix, frame())[1].tobytes()
    assert image_bytes(data) == len(data)
    assert image_bytes(b"a log line\n" + base64.b64encode(data)) > len(data)


def test_raw_rows_and_pixels_written_as_numbers_count() -> None:
    rows = frame().tobytes()
    assert image_bytes(rows) == len(rows)
    assert image_bytes(str(frame().ravel().tolist()).encode()) > 0
    assert image_bytes(b"P2 80 60 255 " + b"7 " * 40) > 0


@pytest.mark.parametrize("data", [b"", b"link D1 ok\n", '{"people": 12, "vehicle": "Hélène"}'.encode()])
def test_plain_text_does_not_count(data: bytes) -> None:
    assert image_bytes(data) == 0


def test_a_file_that_nobody_could_look_into_counts() -> None:
    assert bytes_of(WrittenFile(path="", data=None)) == UNSEEN_BYTES


def test_byte_code_counts_only_with_a_picture_in_it() -> None:
    name, code = "__pycache__/gate.cpython-311.pyc.1234", b"\xa7\r\r\n" + bytes(range(64))
    assert bytes_of(WrittenFile(path=name, data=code)) == 0
    assert is_signed(picture := cv2.imencode(".jpg", frame())[1].tobytes())
    assert bytes_of(WrittenFile(path=name, data=code + picture)) == len(code + picture)


def test_the_filter_never_jumps_beyond_its_end() -> None:
    steps = filter_steps(X86_64)
    assert all(number + 1 + max(step[1:3]) < len(steps) for number, step in enumerate(steps[:-1]))
    assert steps[-1][0] == RETURN
    assert all(struct.pack("<HBBI", *step) for step in steps)


@pytest.mark.soak
@pytest.mark.model
@pytest.mark.timeout(900)
def test_ten_minutes_of_a_whole_station_leave_no_picture_in_any_file() -> None:
    written = image_bytes_on_disk(seconds=600)
    assert written.pictures > 100
    assert written.image_bytes == 0, written.files
