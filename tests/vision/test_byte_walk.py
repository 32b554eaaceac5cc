"""Every byte that leaves a real worker, read by a parser of its own, written from the schema's text alone.

`vision/wire.py` says: binary messages, each a header (kind, length of the JSON part, length of the data part;
big-endian), a JSON part and, for pictures only, encoded bytes.
"""

from __future__ import annotations

import json
import math
import re
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flightlink.pose import CameraPose
from tests.architecture.test_wire_walk import REVIEWED, kinds
from tests.vision.clips import pictures, written
from tests.vision.mp4 import jpeg_faults, mp4_faults
from tests.vision.scene import mission
from tests.vision.test_worker import CAMERA, order
from vision.wire import END_OF_POSES, Job, Order, order_line

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("weights")]

KINDS = {1: "Opened", 2: "RedactedFrame", 3: "CellCounts", 4: "WorkerHealth", 5: "Done", 6: "Failed"}
FRAMES = 12
WORD = re.compile(r"[a-z][a-z0-9_]{1,40}")
PLACES = {"people": 3, "variance": 4, "observed_share": 4, "ce90_m": 2}
"""Decimals that a figure of a cell may have: more could tell where in the cell somebody stands."""
PLANTED = "planted-in-the-address"


@dataclass(frozen=True, slots=True)
class Said:
    """One message: kind, JSON part, data part."""

    kind: str
    part: dict[str, Any]
    data: bytes


def messages(output: bytes) -> Iterator[Said]:
    """Yield the messages; every byte of the output belongs to one."""
    place = 0
    while place < len(output):
        number, text_bytes, data_bytes = struct.unpack_from(">BII", output, place)
        place += 9
        text, data = output[place : place + text_bytes], output[place + text_bytes : place + text_bytes + data_bytes]
        assert (len(text), len(data)) == (text_bytes, data_bytes)
        place += text_bytes + data_bytes
        part = json.loads(text)
        assert json.dumps(part, separators=(",", ":")).encode() == text, "nothing is said twice, or between the lines"
        yield Said(KINDS[number], part, data)


@dataclass(frozen=True, slots=True)
class Worked:
    """What a worker said on both of its pipes."""

    said: list[Said]
    stderr: bytes

    def of(self, kind: str) -> list[Said]:
        return [one for one in self.said if one.kind == kind]


def worked(what: Order) -> Worked:
    done = subprocess.run(
        [sys.executable, "-I", "-m", "vision.worker"], input=order_line(what) + END_OF_POSES, capture_output=True,
        check=False, timeout=60, env={"LANG": "C.UTF-8", "TZ": "UTC"},
    )  # fmt: skip
    return Worked(list(messages(done.stdout)), done.stderr)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("walk") / "clip.mp4", pictures(FRAMES))


@pytest.fixture(scope="module")
def counted(clip: Path) -> Worked:
    """A camera that stands still and counts: people in the picture, cells on the wire."""
    return worked(order(clip, fixed_pose=CAMERA, mission=mission()))


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    """The same camera, live: the clip is played by its own time stamps, and then the stream is lost."""
    clip = written(tmp_path_factory.mktemp("live") / "clip.mp4", pictures(4 * FRAMES))
    now_ns = time.time_ns()
    running = mission(starts_utc_ns=now_ns - 60 * 10**9, ends_utc_ns=now_ns + 600 * 10**9)
    return worked(order(clip, job=Job.WATCH, fixed_pose=CAMERA, mission=running))


@pytest.fixture(params=["counted", "live"])
def either(request: pytest.FixtureRequest) -> Worked:
    """Return one of the two."""
    found: Worked = request.getfixturevalue(request.param)
    return found


def leaves(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        for key, value in part.items():
            yield from leaves(value, f"{path}.{key}".lstrip("."))
    elif isinstance(part, list):
        for value in part:
            yield from leaves(value, f"{path}[]")
    else:
        yield path, part


def listed_paths(kind: str) -> set[str]:
    """Return the paths that a kind of message may have, as JSON writes them: a cell's name is three integers."""
    table = set(kinds({path: line for path, line in REVIEWED["wire"][kind].items() if path != "health.*"}))
    if kind == "Done":
        table |= {f"health.{path}" for path in REVIEWED["wire"]["WorkerHealth"]}
    cells = {path for path in table if path.startswith("cells[].cell.")}
    return (table - cells - {"data"}) | ({"cells[].cell[]"} if cells else set())


def test_the_worker_says_what_it_must(counted: Worked) -> None:
    assert [one.kind for one in counted.said[:2]] == ["Opened", "RedactedFrame"]
    assert counted.said[-1].kind == "Done"
    assert len(counted.of("RedactedFrame")) == FRAMES + 2
    assert counted.of("CellCounts")


def test_a_live_worker_speaks_of_itself_and_ends_with_its_stream(live: Worked) -> None:
    assert {one.kind for one in live.said} >= {"Opened", "RedactedFrame", "WorkerHealth", "Failed"}
    assert live.said[-1].part["cause"] == "source_lost"


def test_every_key_is_a_reviewed_one(either: Worked) -> None:
    for one in either.said:
        for path, value in leaves(one.part):
            known = {
                re.sub(r"(seal|^withheld_because|health\.withheld_because)\.[a-z_0-9]+$", r"\1.*", path),
                path,
            } & listed_paths(one.kind)
            assert known, (one.kind, path)
            assert isinstance(value, int | float | str) or value is None, (path, value)


def test_every_text_is_a_word_a_name_or_a_sentence_of_the_station(either: Worked) -> None:
    texts = {
        (one.kind, path, value) for one in either.said for path, value in leaves(one.part) if isinstance(value, str)
    }
    for kind, path, value in texts:
        known = {
            "source": "north",
            "detail": r"\S+/clip\.mp4: [a-z ]{1,60}",
            "codec": r"avc1\.[0-9A-F]{6}",
            "closed_because": r"[a-z_]*",
        }
        pattern = known.get(path.split(".")[-1], WORD.pattern + "|")
        assert re.fullmatch(pattern, value), (kind, path, value)


def test_only_pictures_carry_data(either: Worked) -> None:
    assert {one.kind for one in either.said if one.data} == {"RedactedFrame"}


def test_a_cell_has_no_place_but_its_square(either: Worked) -> None:
    for one in either.of("CellCounts"):
        names = [tuple(cell["cell"]) for cell in one.part["cells"]]
        assert len(set(names)) == len(names)
        assert names == sorted(names), "in the grid's own order, not in that of detection"
        assert all(size == 5 and all(type(index) is int for index in name) for name in names for size in name[:1])


def test_no_figure_is_finer_than_it_needs_to_be(either: Worked) -> None:
    for one in either.of("CellCounts"):
        for cell in one.part["cells"]:
            assert type(cell["found"]) is int
            assert type(cell["saturated"]) is bool
            for name, places in PLACES.items():
                assert cell[name] == round(cell[name], places), (name, cell[name])
                assert 0 <= cell[name] < math.inf


def test_what_is_said_of_the_ground_does_not_change_with_people(counted: Worked) -> None:
    grounds = {
        json.dumps([[cell["cell"], cell["observed_share"], cell["ce90_m"]] for cell in one.part["cells"]])
        for one in counted.of("CellCounts")
    }
    assert len(grounds) == 1
    assert max(cell["found"] for one in counted.of("CellCounts") for cell in one.part["cells"]) >= 1


def test_the_video_is_pictures_and_what_a_player_needs(either: Worked) -> None:
    video = [one for one in either.of("RedactedFrame") if one.part["media"] != "jpeg"]
    assert {one.part["media"] for one in video[1:]} == {"fmp4_fragment"}
    for one in video:
        assert list(mp4_faults(one.data, one.part["media"])) == []


def test_a_snapshot_is_a_picture_and_nothing_else(either: Worked) -> None:
    snapshots = [one.data for one in either.of("RedactedFrame") if one.part["media"] == "jpeg"]
    assert snapshots
    for data in snapshots:
        assert list(jpeg_faults(data)) == []


def test_nothing_is_said_beside_the_wire(either: Worked) -> None:
    assert either.stderr == b""


@pytest.mark.parametrize("pose", [None, CAMERA])
def test_a_failing_worker_says_one_line_and_no_secret(pose: CameraPose | None, tmp_path: Path) -> None:
    junk = tmp_path / f"{PLANTED}.mp4"
    junk.write_bytes(PLANTED.encode() * 100)
    found = worked(order(junk, fixed_pose=pose))
    (failed,) = found.said
    assert failed.kind == "Failed"
    assert failed.part.keys() == {"cause", "detail"}
    assert "\n" not in failed.part["detail"]
    assert found.stderr.count(b"\n") <= 1
    # its name is the user's own, its content is nobody's
    assert PLANTED * 2 not in failed.part["detail"] + found.stderr.decode()


def test_an_address_s_password_is_not_told() -> None:
    address = f"rtsp://operator:{PLANTED}@127.0.0.1:9/stream"
    found = worked(order(address, job=Job.WATCH, fixed_pose=CAMERA, mission=mission()))
    (failed,) = found.said
    assert failed.part["cause"] == "source_lost"
    assert PLANTED not in json.dumps(failed.part) + found.stderr.decode()
