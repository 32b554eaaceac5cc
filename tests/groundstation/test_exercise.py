"""An exercise says so wherever something leaves, and its folders are never taken for a real event's."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flightlink.mission import Mission
from flightlink.pose import PoseRefusal
from flightlink.vehicle.facts import NOTHING_HEARD, facts_after
from flightlink.vehicle.tracker import VehicleTracker
from groundstation.audit import AuditFile
from groundstation.errors import BadInputError
from groundstation.exercise import MARK_FILE, claim, is_exercise_folder
from groundstation.logs import log_to, mark_lines
from sitl.vehicle.telemetry import heartbeat
from tests.groundstation.station import serving, settings

Fake = Callable[[str], tuple[str, ...]]
ANY: Any = None
"""Its report says nothing about a heartbeat."""
ON: dict[str, Any] = {"station": {"port": 0, "name": "Test", "exercise": True}}


def told(folder: Path, *, is_exercise: bool) -> str:
    with pytest.raises(BadInputError) as caught:
        claim(folder, is_exercise=is_exercise, setting="[station] state_dir")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_that_was_begun_as_an_exercise_stays_one(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    claim(folder, is_exercise=True, setting="x")
    claim(folder, is_exercise=True, setting="x")
    assert is_exercise_folder(folder)
    AuditFile(folder / "audit.jsonl").record("a", utc_ns=0, by="me")
    assert json.loads((folder / "audit.jsonl").read_text())["exercise"] == 1
    said = told(folder, is_exercise=False)
    assert "was begun as an exercise" in said
    assert "[station] state_dir" in said


def test_what_a_real_event_left_is_no_exercise(tmp_path: Path) -> None:
    AuditFile(tmp_path / "audit.jsonl").record("a", utc_ns=0)
    claim(tmp_path, is_exercise=False, setting="x")
    assert "exercise" not in json.loads((tmp_path / "audit.jsonl").read_text())
    said = told(tmp_path, is_exercise=True)
    assert "holds what a real event left (audit.jsonl)" in said
    assert not (tmp_path / MARK_FILE).exists()


@pytest.mark.parametrize("mark", ["", "{}", '{"exercise": false}', "[1", '{"exercise": true, "a": 1}'])
def test_a_damaged_mark_is_an_error_for_both(tmp_path: Path, mark: str) -> None:
    (tmp_path / MARK_FILE).write_text(mark)
    for is_exercise in (True, False):
        assert "is damaged" in told(tmp_path, is_exercise=is_exercise)
    with pytest.raises(BadInputError, match="is damaged"):
        AuditFile(tmp_path / "audit.jsonl")


def test_a_folder_that_cannot_be_marked_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInputError):
        claim(tmp_path / "file", is_exercise=True, setting="x")


def test_every_line_of_the_log_says_so() -> None:
    root, text = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    try:
        log_to(text)
        mark_lines("EXERCISE ")
        logging.getLogger("x").info("first")
        mark_lines("")
        logging.getLogger("x").info("second")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    first, second = text.getvalue().splitlines()
    assert first.startswith("EXERCISE ")
    assert "EXERCISE" not in second


async def test_a_station_on_an_exercise_says_so_in_every_document(
    tmp_path: Path, running: Mission, fake_worker: Fake
) -> None:
    async with serving(settings(tmp_path, **ON), running, fake_worker("fixed")) as client:
        for topic in ("health", "density", "vehicles", "alerts"):
            assert (await client.until(topic, lambda _: True))["exercise"] is True
        log = await client.until("log", lambda document: document["count"])
        assert (log["exercise"], log["entries"][0]["exercise"]) == (True, True)
        for name in ("about", "register"):
            async with client._session.get(f"{client.address}public/api/v1/{name}") as answer:
                assert (await answer.json())["exercise"] is True
        for language, mark in (("fr", "EXERCICE"), ("en", "EXERCISE")):
            async with client._session.get(f"{client.address}public?lang={language}") as answer:
                page = await answer.text()
            assert f"<title>{mark} — " in page
            assert f"<b>{mark}</b>" in page
            assert '<body class="exercise">' in page
        async with client._session.get(f"{client.address}api/v1/density/export?format=csv") as answer:
            assert 'filename="EXERCISE-density-' in answer.headers["Content-Disposition"]
        async with client._session.get(f"{client.address}metrics") as answer:
            assert "\ngroundstation_exercise 1\n" in await answer.text()
    assert [json.loads(line)["exercise"] for line in (tmp_path / "state" / "audit.jsonl").read_text().splitlines()]
    with pytest.raises(BadInputError, match="was begun as an exercise"):
        async with serving(settings(tmp_path), running, fake_worker("fixed")):
            pass


async def test_a_real_station_says_so_and_keeps_its_folder(tmp_path: Path, running: Mission, fake_worker: Fake) -> None:
    async with serving(settings(tmp_path), running, fake_worker("fixed")) as client:
        assert (await client.until("health", lambda _: True))["exercise"] is False
        await client.until("log", lambda document: document["count"])
        async with client._session.get(f"{client.address}public") as answer:
            assert "exercise" not in (await answer.text()).lower()
    with pytest.raises(BadInputError, match="holds what a real event left"):
        async with serving(settings(tmp_path, **ON), running, fake_worker("fixed")):
            pass


async def test_recorded_telemetry_is_kept_apart_too(tmp_path: Path, running: Mission, fake_worker: Fake) -> None:
    (tmp_path / "tlogs").mkdir()
    (tmp_path / "tlogs" / "groundstation_1.tlog").write_bytes(b"real")
    with pytest.raises(BadInputError, match=r"\[record\] folder"):
        async with serving(settings(tmp_path, **ON, record={"folder": "tlogs"}), running, fake_worker("fixed")):
            pass


def test_a_simulated_vehicle_is_believed_in_exercises_only() -> None:
    message = heartbeat(ANY)
    assert facts_after(NOTHING_HEARD, message, 1, 0).is_simulated, "ours says so itself"
    message.base_mode = 1 | 128
    assert not facts_after(NOTHING_HEARD, message, 1, 0).is_simulated
    tracker = VehicleTracker(1)
    tracker.take(heartbeat(ANY), 1, 0)
    tracker.take(message, 1, 1)
    assert tracker.state(2).alarms == ("simulated",), "once said it stays so"
    before = tracker.pose_at(2)
    tracker.refuses_simulated = True
    after = tracker.pose_at(2)
    assert isinstance(before, PoseRefusal)
    assert isinstance(after, PoseRefusal)
    assert (before.cause != "simulated_vehicle", after.cause) == (True, "simulated_vehicle")
