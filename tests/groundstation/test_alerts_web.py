"""Alerts are acknowledged once, with a reason; who and when outlives a restart and stands in the audit."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from groundstation.alerts.desk import MOST_REMEMBERED, REMEMBERED_S
from groundstation.alerts.store import MOST_KEPT, Acknowledgement
from groundstation.audit import AuditFile
from groundstation.errors import BadInputError
from groundstation.instants import NS_PER_S, text_from_utc_ns
from groundstation.outbox import Outbox
from maps.levels import Level
from tests.groundstation.entrances import application
from tests.groundstation.zones_here import BODY, LEAF, START_NS, Here

Client = TestClient[web.Request, web.Application]
WHY_TOLD = {"by": "Lt. A. Example", "reason": "Stewards at the gate"}
WHY = {"reason": "Stewards  at the gate", "by": "Lt. A. Example"}


@pytest.fixture
async def client(at_the_station: Here) -> AsyncIterator[Client]:
    desks = at_the_station.officers
    app = application(Outbox(()), clock=at_the_station.clock, zones=desks.zones, alerts=desks.alerts)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


async def said(client: Client, alert: str, body: Any, **more: Any) -> tuple[int, dict[str, Any]]:
    async with client.post(f"/api/v1/alerts/{alert}/acknowledge", json=body, **more) as answer:
        return answer.status, await answer.json()


async def test_a_zone_over_its_capacity_is_an_alert_with_its_place_and_why(at_the_station: Here) -> None:
    await at_the_station.officers.zones.add(BODY)
    assert at_the_station.pass_s(10, 70) == []
    alerts = at_the_station.pass_s(20, 150)
    alert = next(one for one in alerts if one["kind"] == "zone_over_capacity")
    assert (alert["level"], alert["zone"], alert["name"], alert["capacity"]) == ("alert", "z1", "North gate", 100)
    assert (alert["cause"], alert["people"] > 100) == ("lower_bound", True), "a leaf of the zone is seen"
    assert alert["id"] == f"zone_over_capacity.z1.{START_NS + 11 * NS_PER_S}"
    assert (alert["since_utc"], alert["acknowledged"]) == (text_from_utc_ns(START_NS + 11 * NS_PER_S), None)
    (zone,) = at_the_station.officers.zones.document()["features"]
    assert zone["properties"]["over_since_utc"] == alert["since_utc"]


async def test_an_alert_is_acknowledged_once(
    client: Client, at_the_station: Here, caplog: pytest.LogCaptureFixture
) -> None:
    (alert,) = at_the_station.pass_s(8, 120)
    assert alert["id"].startswith("over_density.20.")
    with caplog.at_level(logging.INFO):
        status, answer = await said(client, alert["id"], WHY)
    given = {"level": "alert", "utc": text_from_utc_ns(at_the_station.clock.utc_ns), **WHY_TOLD}
    assert (status, answer) == (200, {"id": alert["id"], "acknowledged": given})
    assert at_the_station.published[-1]["alerts"] == [{**alert, "acknowledged": given}], "at once, not at the next map"
    (same,) = at_the_station.pass_s(1, 120)
    assert (same["id"], same["acknowledged"]) == (alert["id"], given)
    status, answer = await said(client, alert["id"], {"reason": "again"})
    assert status == 409
    assert answer["error"] == f"acknowledged at {given['utc']} by Lt. A. Example already: Stewards at the gate"
    deeds = at_the_station.audit()
    who = {"who": "demo", "role": "supervisor", "from": "127.0.0.1"}
    told = {"what": "alert_acknowledged", "alert": alert["id"], **given, **who}
    assert deeds == [{**told, "step": "begun"}, {**told, "step": "done"}]
    (line,) = [record.getMessage() for record in caplog.records if "acknowledged" in record.getMessage()]
    assert line == "alert_acknowledged kind=over_density", "no place in a log line"


async def test_it_outlives_a_restart(client: Client, at_the_station: Here) -> None:
    (alert,) = at_the_station.pass_s(8, 120)
    await said(client, alert["id"], {"reason": "known"})
    again = at_the_station.again().alerts
    again.take({"alerts": [alert]}, at_the_station.clock.utc_ns)
    assert at_the_station.published[-1]["alerts"][0]["acknowledged"]["by"] is None
    app = application(Outbox(()), clock=at_the_station.clock, alerts=again)
    async with TestClient(TestServer(app, host="127.0.0.1")) as other:
        status, answer = await said(other, alert["id"], {"reason": "again"})
    assert (status, "by somebody already: known" in answer["error"]) == (409, True)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "send {"), ([], "send {"), ("reason", "send {"), ({"reason": "a", "face": 1}, "nothing else"),
        ({"reason": " \n"}, "reason must be 1 to 300"), ({"reason": "x" * 301}, "reason must be"),
        ({"reason": 5}, "reason must be"), ({"reason": "a\x00"}, "reason must be"),
        ({"reason": "a", "by": ""}, "by must be 1 to 80"), ({"reason": "a", "by": "x" * 81}, "by must be"),
    ],
)  # fmt: skip
async def test_without_a_reason_there_is_no_acknowledgement(
    client: Client, at_the_station: Here, body: Any, told: str
) -> None:
    (alert,) = at_the_station.pass_s(8, 120)
    status, answer = await said(client, alert["id"], body)
    assert (status, told in answer["error"], "\n" in answer["error"]) == (400, True, False)
    assert at_the_station.published[-1]["alerts"] == [{**alert, "acknowledged": None}]


async def test_what_nobody_was_alerted_of_is_not_there(client: Client, at_the_station: Here) -> None:
    for unknown in ("over_density.1.2.3", "a%2Fb", "x" * 300):
        status, answer = await said(client, unknown, WHY)
        assert (status, answer["error"].startswith("no alert '")) == (404, True)
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}):
        assert (await said(client, "a", WHY, headers=headers))[0] in (403, 421)
    async with client.get("/api/v1/alerts/a/acknowledge") as got:
        assert (got.status, "use POST" in (await got.json())["error"]) == (405, True)


async def test_an_alert_may_end_while_somebody_writes(client: Client, at_the_station: Here) -> None:
    (alert,) = at_the_station.pass_s(8, 120)
    assert at_the_station.pass_s(60, 10) == []
    assert (await said(client, alert["id"], WHY))[0] == 200
    at_the_station.pass_s(20, 10)
    (other,) = at_the_station.pass_s(15, 120)
    at_the_station.pass_s(30, 10)
    at_the_station.clock.utc_ns += REMEMBERED_S * NS_PER_S
    at_the_station.pass_s(1, 10)
    assert (await said(client, other["id"], WHY))[0] == 404


async def test_what_cannot_be_written_down_is_not_acknowledged(client: Client, at_the_station: Here) -> None:
    (alert,) = at_the_station.pass_s(8, 120)
    for name in ("audit.jsonl", "acknowledgements.json"):
        (at_the_station.folder / name).mkdir(parents=True)
        status, answer = await said(client, alert["id"], WHY)
        assert (status, f"{name}: cannot be written" in answer["error"]) == (500, True)
        assert at_the_station.pass_s(1, 120)[0]["acknowledged"] is None
        (at_the_station.folder / name).rmdir()
    assert (await said(client, alert["id"], WHY))[0] == 200


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"a": 5}', '{"a": {"by": null}}', '{"a": []}',
     '{"a": [{"level": "red", "utc": "x", "by": null, "reason": "x"}]}'],
)  # fmt: skip
def test_a_damaged_file_ends_the_start_with_one_line(at_the_station: Here, text: str) -> None:
    at_the_station.folder.mkdir()
    (at_the_station.folder / "acknowledgements.json").write_text(text)
    with pytest.raises(BadInputError, match=r"acknowledgements\.json: is damaged \(.*\); put back a copy"):
        at_the_station.again()


async def test_a_replay_is_not_acknowledged(at_the_station: Here) -> None:
    desk = at_the_station.again(is_replay=True).alerts
    desk.take({"alerts": [{"id": "a", "level": "alert"}]}, START_NS)
    app = application(Outbox(()), clock=at_the_station.clock, alerts=desk)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        status, answer = await said(client, "a", WHY)
    assert (status, "replay" in answer["error"]) == (403, True)


async def test_what_is_kept_is_bounded(at_the_station: Here) -> None:
    desk = at_the_station.officers.alerts
    for first in range(0, MOST_REMEMBERED + 100, 100):
        alerts = [{"id": f"a{first + number}", "level": "alert"} for number in range(100)]
        desk.take({"alerts": alerts}, START_NS)
    assert len(desk._seen) == MOST_REMEMBERED
    given = Acknowledgement(level=Level.ALERT, utc=text_from_utc_ns(START_NS), by=None, reason="x")
    desk._acknowledged = {f"b{number}": (given,) for number in range(MOST_KEPT)}
    await desk.acknowledge("a599", {"reason": "x"})
    kept = json.loads((at_the_station.folder / "acknowledgements.json").read_text())
    assert (len(kept), "b0" in kept, "b1" in kept, "a599" in kept) == (MOST_KEPT, False, True, True)


def test_half_a_line_spoils_no_other(at_the_station: Here) -> None:
    audit = AuditFile(at_the_station.folder / "audit.jsonl")
    audit.record("first", utc_ns=START_NS, count=1)
    with (at_the_station.folder / "audit.jsonl").open("a") as half:
        half.write('{"utc": "2026')
    audit.record("second", utc_ns=START_NS, by=None)
    lines = (at_the_station.folder / "audit.jsonl").read_text().splitlines()
    assert [json.loads(lines[row])["what"] for row in (0, 2)] == ["first", "second"]
    assert len(lines) == 3


def test_the_place_of_an_alert_stands_in_its_name(at_the_station: Here) -> None:
    (alert,) = at_the_station.pass_s(8, 120)
    root = LEAF.parent.parent
    assert alert["id"] == f"over_density.20.{root.east_index}.{root.north_index}.{START_NS + NS_PER_S}"
