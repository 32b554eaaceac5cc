"""Zones over HTTP: drawn, changed and removed by our own pages only, kept over a restart, filled from the map alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from groundstation.errors import BadInputError
from groundstation.outbox import Outbox
from groundstation.zones.board import MOST_ZONES
from tests.groundstation.entrances import application
from tests.groundstation.zones_here import AROUND, BODY, Here

Client = TestClient[web.Request, web.Application]
ADDRESS = "/api/v1/zones"
CROSSED = [AROUND[0], AROUND[2], AROUND[1], AROUND[3]]


@pytest.fixture
async def client(at_the_station: Here) -> AsyncIterator[Client]:
    desks = at_the_station.officers
    app = application(Outbox(()), clock=at_the_station.clock, zones=desks.zones, alerts=desks.alerts)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


async def sent(client: Client, method: str, address: str, **more: Any) -> tuple[int, dict[str, Any]]:
    async with client.request(method, address, **more) as answer:
        return answer.status, await answer.json()


async def listed(client: Client) -> list[dict[str, Any]]:
    _, document = await sent(client, "GET", ADDRESS)
    return [feature["properties"] for feature in document["features"]]


async def test_a_zone_is_drawn_filled_changed_and_removed(client: Client, at_the_station: Here) -> None:
    assert await sent(client, "GET", ADDRESS) == (200, {"type": "FeatureCollection", "utc": None, "features": []})
    status, drawn = await sent(client, "POST", ADDRESS, json=BODY)
    assert (status, drawn["properties"]["id"], drawn["properties"]["level"]) == (201, "z1", "unknown")
    assert drawn["geometry"]["coordinates"] == [[*AROUND, AROUND[0]]]
    at_the_station.pass_s(1, 60)
    (zone,) = await listed(client)
    assert (zone["people"], zone["fill_share"], zone["lower_bound"], zone["full_in_s"]) == (60, 0.6, False, None)
    assert zone["observed_share"] == pytest.approx(25 / zone["area_m2"], abs=1e-4)
    other = {**BODY, "name": "East gate", "capacity": 60, "polygon": {"type": "Polygon", "coordinates": [AROUND[::-1]]}}
    status, changed = await sent(client, "PUT", f"{ADDRESS}/z1", json=other)
    assert (status, changed["properties"]["name"], changed["properties"]["level"]) == (200, "East gate", "full")
    assert sorted(changed["geometry"]["coordinates"][0][1:]) == sorted(AROUND), "counter-clockwise"
    status, left = await sent(client, "DELETE", f"{ADDRESS}/z1")
    assert (status, left["features"]) == (200, [])
    deeds = [(line["what"], line["step"]) for line in at_the_station.audit()]
    assert deeds == [(f"zone_{what}", step) for what in ("added", "changed", "removed") for step in ("begun", "done")]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": " "}, "name must be 1 to 60"), ({"name": "a\x00b"}, "name must be"), ({"name": 5}, "name must be"),
        ({"name": "x" * 61}, "name must be"), ({"capacity": 9}, "from 10 to 1000000"), ({"capacity": 12.5}, "capacity"),
        ({"capacity": True}, "capacity"), ({"capacity": "99"}, "capacity"), ({"capacity": 10**7}, "capacity"),
        ({"capacity": 10**400}, "capacity"), ({"faces": 1}, "the body is no zone"),
        ({"polygon": CROSSED}, "is not simple (Self-intersection"), ({"polygon": AROUND[:2]}, "2 corners"),
        ({"polygon": [AROUND[0]] * 4}, "not simple"), ({"polygon": "POLYGON"}, "must be a list of [lon, lat]"),
        ({"polygon": [AROUND[0]] * 202}, "202 corners; draw it with 200"),
        ({"polygon": [*AROUND, [2.35]]}, "corner 5 of the polygon is none"),
        ({"polygon": [*AROUND, [2.35, "x"]]}, "corner 5 of the polygon is not on Earth"),
        ({"polygon": [*AROUND, [10**400, 0]]}, "not on Earth"), ({"polygon": [*AROUND, [2.3, True]]}, "not on Earth"),
        ({"polygon": [[lat, lon] for lon, lat in AROUND]}, "lie outside the mission's area"),
        ({"polygon": [*AROUND, [2.35, 48.857]]}, "m2 of the polygon lie outside the mission's area"),
        ({"polygon": [[0, -90], [1, -90], [1, -89]]}, "longitude first"),
        ({"polygon": [[0, 0], [0.001, 0], [0, 0.001]]}, "outside the mission's area"),
        ({"polygon": [[2.352, 48.857], [2.35205, 48.857], [2.352, 48.85705]]}, "the map tells nothing below 25 m2"),
        ({"polygon": {"type": "Polygon", "coordinates": [AROUND, AROUND]}}, "Polygon without holes"),
        ({"polygon": {"type": "Point", "coordinates": AROUND[0]}}, "Polygon without holes"),
    ],
)  # fmt: skip
async def test_what_is_no_zone_gets_one_line(
    client: Client, at_the_station: Here, changes: dict[str, Any], told: str
) -> None:
    status, answer = await sent(client, "POST", ADDRESS, json={**BODY, **changes})
    assert (status, list(answer)) == (400, ["error"])
    assert told in answer["error"]
    assert "\n" not in answer["error"]
    assert await listed(client) == []
    assert at_the_station.audit() == []


@pytest.mark.parametrize("body", [[], 3, "x", {"name": "a"}])
async def test_a_body_that_is_none_says_what_to_send(client: Client, body: Any) -> None:
    status, answer = await sent(client, "POST", ADDRESS, json=body)
    assert (status, "the body is no zone; send" in answer["error"]) == (400, True)


async def test_two_zones_have_two_names_and_there_are_not_too_many(client: Client) -> None:
    for number in range(MOST_ZONES):
        assert (await sent(client, "POST", ADDRESS, json={**BODY, "name": f"Zone {number}"}))[0] == 201
    status, answer = await sent(client, "POST", ADDRESS, json=BODY)
    assert (status, answer["error"]) == (400, f"there are {MOST_ZONES} zones; remove one first")
    status, answer = await sent(client, "PUT", f"{ADDRESS}/z2", json={**BODY, "name": "Zone  0"})
    assert (status, answer["error"]) == (400, "zone z1 has that name already; choose another")
    assert (await sent(client, "PUT", f"{ADDRESS}/z1", json={**BODY, "name": "Zone 0"}))[0] == 200


async def test_only_our_own_pages_may_change_anything(client: Client, at_the_station: Here) -> None:
    await sent(client, "POST", ADDRESS, json=BODY)
    for method, address in (("POST", ADDRESS), ("PUT", f"{ADDRESS}/z1"), ("DELETE", f"{ADDRESS}/z1")):
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}):
            status, _ = await sent(client, method, address, json={**BODY, "name": "evil"}, headers=headers)
            assert status in (403, 421)
    plain = {"Content-Type": "text/plain"}
    assert (await sent(client, "POST", ADDRESS, data="{}", headers=plain))[0] == 400
    assert (await sent(client, "POST", ADDRESS, data=b"{", headers={"Content-Type": "application/json"}))[0] == 400
    assert (await sent(client, "POST", ADDRESS, data=b" " * 70_000, headers={"Content-Type": "application/json"}))[
        0
    ] == 413
    for method in ("PUT", "DELETE"):
        status, answer = await sent(client, method, f"{ADDRESS}/z9", json=BODY)
        assert (status, "there is no zone 'z9'" in answer["error"]) == (404, True)
    assert [zone["name"] for zone in await listed(client)] == ["North gate"]


async def test_zones_outlive_a_restart_and_no_number_is_given_twice(client: Client, at_the_station: Here) -> None:
    await sent(client, "POST", ADDRESS, json=BODY)
    await sent(client, "POST", ADDRESS, json={**BODY, "name": "second"})
    await sent(client, "DELETE", f"{ADDRESS}/z2")
    again = at_the_station.again().zones
    assert again.document() == at_the_station.officers.zones.document()
    assert (await again.add({**BODY, "name": "third"}))["properties"]["id"] == "z3"
    assert [path.name for path in sorted(at_the_station.folder.iterdir())] == ["audit.jsonl", "zones.json"]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"next": 2}', '{"next": 2, "zones": [{"id": "z1"}]}', '{"zones": 3, "next": 1}']
)
def test_a_damaged_file_ends_the_start_with_one_line(at_the_station: Here, text: str) -> None:
    at_the_station.folder.mkdir()
    (at_the_station.folder / "zones.json").write_text(text)
    with pytest.raises(BadInputError, match=r"zones\.json: is damaged \(.*\); put back a copy, or remove it"):
        at_the_station.again()


@pytest.mark.parametrize("name", ["zones.json", "audit.jsonl"])
async def test_what_cannot_be_kept_is_not_in_force(client: Client, at_the_station: Here, name: str) -> None:
    (at_the_station.folder / name).mkdir(parents=True)
    status, answer = await sent(client, "POST", ADDRESS, json=BODY)
    assert (status, f"{name}: cannot be written" in answer["error"]) == (500, True)
    assert await listed(client) == []


@pytest.mark.parametrize("far", [[[0, 0], [1, 0], [1, 1]], [[0, -90], [1, -90], [1, -89]]])
async def test_zones_of_a_mission_far_away_are_kept_and_unknown(
    client: Client, at_the_station: Here, far: list[list[float]]
) -> None:
    await sent(client, "POST", ADDRESS, json=BODY)
    path = at_the_station.folder / "zones.json"
    kept = json.loads(path.read_text())
    kept["zones"][0]["polygon"] = far
    path.write_text(json.dumps(kept))
    (feature,) = at_the_station.again().zones.document()["features"]
    zone = feature["properties"]
    assert (zone["level"], zone["people"], zone["observed_share"]) == ("unknown", None, 0)


async def test_an_application_without_a_station_has_no_zones(tmp_path: Path) -> None:
    async with TestClient(TestServer(application(Outbox(()), clock=lambda: 0), host="127.0.0.1")) as client:
        assert (await sent(client, "GET", ADDRESS))[0] == 503
        assert (await sent(client, "POST", ADDRESS, json=BODY))[0] == 404
        assert (await sent(client, "POST", "/api/v1/alerts/a/acknowledge", json={"reason": "x"}))[0] == 404
