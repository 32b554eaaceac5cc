"""The incident log: written by officers and by the station, added to and never changed, handed over with the shift."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from flightlink.mission import Mission
from groundstation.exercise import claim
from groundstation.outbox import Outbox, Topic
from tests.groundstation.entrances import application
from tests.groundstation.log_here import SAID, Log, app, lasting
from tests.groundstation.zones_here import BODY

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def log(mission: Mission, tmp_path: Path) -> Log:
    return Log(lasting(mission), tmp_path)


@pytest.fixture
async def client(log: Log) -> AsyncIterator[Client]:
    async with TestClient(TestServer(app(log), host="127.0.0.1")) as client:
        yield client


async def sent(client: Client, body: Any, to: str = "", **more: Any) -> tuple[int, dict[str, Any]]:
    async with client.post(f"/api/v1/log{to}", json=body, **more) as answer:
        return answer.status, await answer.json()


async def read(client: Client, query: str = "") -> tuple[int, dict[str, Any]]:
    async with client.get(f"/api/v1/log{query}") as answer:
        return answer.status, await answer.json()


async def test_an_entry_is_kept_numbered_and_written_down(client: Client, log: Log) -> None:
    body = {**SAID, "text": " Barrier  moved,\r\ncrowd let out ", "lon_lat": [2.35201234567, 48.857]}
    status, entry = await sent(client, body)
    assert status == 201
    assert (entry["number"], entry["author"], entry["kind"]) == (1, "PC 2", "action")
    assert entry["text"] == "Barrier moved,\ncrowd let out"
    assert entry["lon_lat"] == [2.352012, 48.857]
    assert entry["exercise"] is False
    assert (await read(client))[1]["entries"] == [entry]
    begun, done = log.audit()
    assert (begun["what"], begun["step"], done["step"], done["entry"], done["by"]) == (
        "log_entry", "begun", "done", 1, "PC 2",
    )  # fmt: skip
    assert "Barrier" not in json.dumps([begun, done]), "the text stands in the log alone"
    assert (log.outbox.document(Topic.LOG) or {})["entries"] == [entry], "told at once"


async def test_it_outlives_a_restart_and_goes_on_counting(client: Client, log: Log) -> None:
    await sent(client, SAID)
    again = log.again().log
    assert [one["text"] for one in again.document()["entries"]] == [SAID["text"]]
    assert (await again.add(SAID))["number"] == 2


async def test_what_is_sent_twice_with_one_key_is_written_once(client: Client, log: Log) -> None:
    body = {**SAID, "key": "a1b2c3d4-e5f6"}
    assert await sent(client, body) == await sent(client, body)
    assert len(log.lines()) == 1
    log.officers = log.again()
    assert (await log.officers.log.add(body))["number"] == 1, "also over a restart"
    assert "key" not in log.officers.log.document()["entries"][0]


async def test_a_correction_refers_to_the_entry_and_changes_nothing(client: Client, log: Log) -> None:
    await sent(client, SAID)
    first = log.lines()[0]
    status, entry = await sent(client, {**SAID, "kind": "correction", "text": "Barrier 2, not 1", "refers_to": 1})
    assert (status, entry["refers_to"]) == (201, 1)
    assert log.lines()[0] == first
    for number in (3, 99):
        status, answer = await sent(client, {**SAID, "kind": "correction", "refers_to": number})
        assert (status, "is none of an officer's" in answer["error"]) == (400, True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"text": " \n"}, "text must be 1 to 1000"), ({"text": "x" * 1001}, "text must be"), ({"text": 5}, "text must"),
        ({"text": "a\x00"}, "text must be"), ({"author": ""}, "author must be 1 to 80"), ({"author": "a" * 81}, "auth"),
        ({"author": None}, "author must"), ({"kind": "alert_raised"}, "kind is none"), ({"kind": []}, "kind is none"),
        ({"kind": "correction"}, "says in refers_to"), ({"refers_to": 1}, "says in refers_to"),
        ({"refers_to": "1"}, "number of an entry"), ({"refers_to": True}, "number of an entry"),
        ({"lon_lat": [1]}, "lon_lat must be"), ({"lon_lat": [181, 0]}, "lon_lat"), ({"lon_lat": ["a", 0]}, "lon_lat"),
        ({"lon_lat": {"a": 1}}, "lon_lat"), ({"zone": "z9"}, "zone 'z9' is not there"), ({"zone": 5}, "zone must be"),
        ({"alert": "a"}, "no alert 'a' is known"), ({"alert": ""}, "alert must be"), ({"key": "x"}, "key must be"),
        ({"person": "a"}, "nothing else"),
    ],
)  # fmt: skip
async def test_what_is_no_entry_is_told_in_one_line(client: Client, log: Log, change: Any, told: str) -> None:
    status, answer = await sent(client, {**SAID, **change})
    assert (status, told in answer["error"], "\n" in answer["error"]) == (400, True, False)
    assert not (log.folder / "incidents.jsonl").exists()
    assert log.audit() == []


async def test_only_own_pages_and_programs_write(client: Client) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for to in ("", "/handover"):
            assert (await sent(client, SAID, to, headers=headers))[0] == 403
    async with client.get("/api/v1/log/export", headers={"Sec-Fetch-Site": "cross-site"}) as answer:
        assert answer.status == 403


async def test_an_entry_may_be_about_a_zone_or_an_alert(client: Client, log: Log) -> None:
    await log.officers.zones.add(BODY)
    log.outbox.put(Topic.ZONES, log.officers.zones.document())
    (alert,) = log.pass_s(8, 120)
    status, entry = await sent(client, {**SAID, "zone": "z1", "alert": alert["id"]})
    assert (status, entry["zone_name"], entry["alert"]) == (201, "North gate", alert["id"])
    await log.officers.log.look()
    log.pass_s(60, 1)
    assert (await sent(client, {**SAID, "alert": alert["id"]}))[0] == 201, "one that has ended"


async def test_older_entries_are_asked_for(client: Client, log: Log) -> None:
    for _ in range(5):
        await log.officers.log.add(SAID)
    assert [one["number"] for one in (await read(client, "?before=3"))[1]["entries"]] == [1, 2]
    assert (await read(client, "?before=1"))[1]["entries"] == []
    assert len((await read(client, "?before=99"))[1]["entries"]) == 5
    for bad in ("x", "-1", "1e3", "9" * 20, "²"):
        status, answer = await read(client, f"?before={bad}")
        assert (status, "no number of an entry" in answer["error"]) == (400, True)


async def test_a_shift_is_offered_and_taken_over_by_another(client: Client, log: Log) -> None:
    await sent(client, SAID)
    log.pass_s(8, 120)
    log.outbox.put(Topic.DENSITY, log.map.document_at(log.clock.utc_ns))
    async with client.get("/api/v1/log/handover") as answer:
        summary = await answer.json()
    assert (summary["officers_entries"], len(summary["alerts"]), summary["people"] > 100) == (1, 1, True)
    assert summary["people_sigma"] > 0
    offer = {"author": "PC 2", "text": "North gate stays shut until 23:00"}
    status, entry = await sent(client, offer, "/handover")
    assert (status, entry["kind"], entry["summary"]["alerts"]) == (201, "handover_offered", summary["alerts"])
    assert (await read(client))[1]["offer"] == entry["number"]
    taken = {"author": "PC 3", "offer": entry["number"]}
    for wrong, status, told in (
        ({**taken, "author": " pc  2 "}, 400, "somebody else takes it over"),
        ({**taken, "offer": 1}, 404, "offers no shift"),
        ({**taken, "offer": 99}, 404, "offers no shift"),
        ({**taken, "offer": 0}, 400, "offer must"),
        ({"author": "PC 3"}, 400, "text must"),
        ({**taken, "more": 1}, 400, "nothing else"),
    ):
        assert await refused(client, wrong) == (status, True, told), wrong
    status, entry = await sent(client, taken, "/handover")
    assert (status, entry["kind"], entry["refers_to"]) == (201, "handover_taken", taken["offer"])
    assert await refused(client, {**taken, "author": "PC 4"}) == (409, True, "already")
    deeds = [(deed["what"], deed["step"], deed["by"]) for deed in log.audit()][-4:]
    assert deeds == [
        ("shift_offered", "begun", "PC 2"), ("shift_offered", "done", "PC 2"),
        ("shift_taken", "begun", "PC 3"), ("shift_taken", "done", "PC 3"),
    ]  # fmt: skip
    assert (log.officers.log.summary()["officers_entries"], log.again().log.document()["offer"]) == (0, None)


async def refused(client: Client, body: Any) -> tuple[int, bool, str]:
    """Return status, whether it is one line, and the words of it that are looked for."""
    status, answer = await sent(client, body, "/handover")
    words = ("somebody else takes it over", "offers no shift", "offer must", "text must", "nothing else", "already")
    return status, "\n" not in answer["error"], next(word for word in words if word in answer["error"])


async def test_a_new_offer_takes_the_place_of_the_one_before(client: Client) -> None:
    for text in ("first", "second"):
        await sent(client, {"author": "PC 2", "text": text}, "/handover")
    assert await refused(client, {"author": "PC 3", "offer": 1}) == (409, True, "already")
    assert (await sent(client, {"author": "PC 3", "offer": 2, "text": "read"}, "/handover"))[0] == 201


async def test_a_replay_writes_nothing(mission: Mission, tmp_path: Path) -> None:
    log = Log(lasting(mission), tmp_path, is_replay=True)
    async with TestClient(TestServer(app(log), host="127.0.0.1")) as client:
        assert (await sent(client, SAID))[0] == 403
        assert (await sent(client, {"author": "PC 2", "text": "x"}, "/handover"))[0] == 403
    await log.officers.log.keep()
    assert not (tmp_path / "incidents.jsonl").exists()


async def test_the_log_leaves_as_a_table_that_is_written_down_and_runs_nothing(client: Client, log: Log) -> None:
    await sent(client, {**SAID, "text": '=1+1, "x"', "lon_lat": [2.35, 48.85]})
    await sent(client, {"author": "PC 2", "text": "North"}, "/handover")
    async with client.get("/api/v1/log/export?format=csv") as answer:
        table, name = await answer.text(), answer.headers["Content-Disposition"]
    assert name.startswith('attachment; filename="log-2026')
    head, first, second = table.split("\r\n")[:3]
    assert head.startswith("number,utc,kind,author,text,lon_deg,lat_deg")
    assert ',"\'=1+1, ""x""",2.35,48.85,' in first
    assert "handover_offered" in second
    exported = log.audit()[-1]
    assert (exported["what"], exported["format"], exported["entries"]) == ("exported", "log", 2)
    async with client.get("/api/v1/log/export?format=pdf") as answer:
        assert answer.status == 400


async def test_an_exercise_marks_each_line_and_the_file(mission: Mission, tmp_path: Path) -> None:
    claim(tmp_path, is_exercise=True, setting="x")
    log = Log(lasting(mission), tmp_path)
    async with TestClient(TestServer(app(log), host="127.0.0.1")) as client:
        assert (await sent(client, SAID))[1]["exercise"] is True
        async with client.get("/api/v1/log/export") as answer:
            assert 'filename="EXERCISE-log-' in answer.headers["Content-Disposition"]
    assert log.lines()[0]["exercise"] is True


async def test_without_a_station_there_is_no_log() -> None:
    async with TestClient(TestServer(application(Outbox(()), clock=lambda: 0), host="127.0.0.1")) as client:
        assert (await read(client))[0] == 503
        assert (await sent(client, SAID))[0] == 404
        assert (await read(client, "/handover"))[0] == 404
