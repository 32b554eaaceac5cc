"""The file of the incident log: added to, whole over a loss of power, and never read where it was damaged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from flightlink.mission import Mission
from groundstation.errors import BadInputError, NotKeptError
from groundstation.incidents.store import LogFile
from tests.groundstation.log_here import SAID, Log, lasting


@pytest.fixture
def log(mission: Mission, tmp_path: Path) -> Log:
    return Log(lasting(mission), tmp_path)


async def test_a_full_disk_writes_nothing_and_says_so(log: Log, monkeypatch: Any) -> None:
    desk, fsync = log.officers.log, os.fsync
    await desk.add(SAID)

    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "incidents.jsonl":
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr("groundstation.incidents.store.os.fsync", full)
    with pytest.raises(NotKeptError, match="No space left"):
        await desk.add(SAID)
    desk.note_acknowledged("over_density.a", by=None, reason="seen", utc_ns=log.clock.utc_ns)
    await desk.look()
    assert (desk.document()["not_kept"], desk.document()["count"]) == (1, 1), "the station's own waits, and says so"
    monkeypatch.undo()
    assert [deed["step"] for deed in log.audit()] == ["begun", "done", "begun", "failed"]
    assert (await desk.add({**SAID, "text": "again"}))["number"] == 2
    await desk.look()
    assert [line["kind"] for line in log.lines()] == ["action", "action", "alert_acknowledged"]
    assert [line["text"] for line in log.lines()][:2] == [SAID["text"], "again"], "what failed is not there"
    assert desk.document()["not_kept"] == 0


async def test_half_a_line_of_a_power_loss_is_told_of_and_spoils_nothing(log: Log) -> None:
    await log.officers.log.add(SAID)
    with (log.folder / "incidents.jsonl").open("ab") as sink:
        sink.write(b'{"utc": "2026')
    again = log.again()
    await again.log.look()
    assert [line["kind"] for line in log.lines()] == ["action", "cut_off"]
    assert log.lines()[1]["facts"] == {"count": 13}


def test_a_damaged_log_is_an_error_at_the_start(log: Log) -> None:
    file = LogFile(log.folder / "incidents.jsonl")
    good = b'{"utc":"2026-07-14T20:00:00Z","kind":"note","author":"a","text":"t","number":%d,"exercise":%s}\n'
    for data, told in (
        (b"{\n", "line 1 is damaged"),
        (good % (2, b"false"), "it is number 2"),
        (good % (1, b"false") + good % (3, b"false"), "line 2 is damaged"),
        (good % (1, b"true"), "line 1 is of an exercise"),
        (good.replace(b"note", b"track") % (1, b"false"), "line 1 is damaged"),
        (b"\xff\n", "line 1 is damaged"),
    ):
        file.path.write_bytes(data)
        with pytest.raises(BadInputError) as caught:
            file.load()
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_log_that_somebody_shortened_is_not_written_to(log: Log) -> None:
    file = LogFile(log.folder / "incidents.jsonl")
    good = b'{"utc":"2026-07-14T20:00:00Z","kind":"note","author":"a","text":"t","number":1,"exercise":false}\n'
    file.path.write_bytes(good)
    assert len(file.load()) == 1
    os.truncate(file.path, 5)
    with pytest.raises(NotKeptError, match="shortened by somebody else"):
        file.append([])


async def test_a_log_that_fills_leaves_room_for_officers(log: Log, monkeypatch: Any) -> None:
    monkeypatch.setattr("groundstation.incidents.desk.STATIONS_SHARE", 4)
    monkeypatch.setattr("groundstation.incidents.desk.MOST_ENTRIES", 6)
    desk = log.officers.log
    for number in range(6):
        desk.note_acknowledged(f"over_density.{number}", by=None, reason="seen", utc_ns=log.clock.utc_ns)
        await desk.look()
    assert [line["kind"] for line in log.lines()] == [*["alert_acknowledged"] * 4, "nearly_full"]
    again = log.again().log
    again.note_acknowledged("over_density.9", by=None, reason="seen", utc_ns=log.clock.utc_ns)
    await again.look()
    assert (await again.add(SAID))["number"] == 6
    with pytest.raises(NotKeptError, match="log is full"):
        await again.add(SAID)
