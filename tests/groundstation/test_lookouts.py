"""Eyes are asked for, promised, refused and seen; each survives a restart, and none leaves the mission's area."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from flightlink.mission import Mission
from groundstation.errors import BadInputError, NotKeptError
from groundstation.instants import NS_PER_S
from groundstation.lookouts.body import answered_from, asked_from
from groundstation.lookouts.desk import MOST_KEPT, MOST_OPEN, SEEN_LOOKS, SHOWN_AFTER_S
from groundstation.outbox import Outbox, Topic
from groundstation.sessions.roles import Role
from tests.groundstation.entrances import application, by_itself
from tests.groundstation.lookouts_here import PLACE, There

ADDRESS = "/api/v1/lookouts"
OFFICER = {"lon_lat": PLACE, "by": "shift 2"}
GOING = {"vehicle": 1, "answer": "going"}
CANNOT = {"vehicle": 1, "answer": "cannot", "reason": "battery"}


@pytest.fixture
def there(mission: Mission, tmp_path: Path) -> There:
    return There(mission, tmp_path)


@pytest.fixture
def client_of(there: There) -> Any:
    def client(role: Role = Role.SUPERVISOR) -> TestClient[web.Request, web.Application]:
        app = application(there.outbox, clock=there.clock, lookouts=there.desk, entrance=by_itself(role))
        return TestClient(TestServer(app, host="127.0.0.1"))

    return client


async def sent(client: Any, method: str, address: str, **more: Any) -> tuple[int, dict[str, Any]]:
    async with client.request(method, address, **more) as answer:
        return answer.status, await answer.json()


async def test_a_place_is_asked_for_promised_and_seen(there: There, client_of: Any) -> None:
    async with client_of() as client:
        status, asked = await sent(client, "POST", ADDRESS, json={**OFFICER, "note": "quay steps"})
        assert (status, asked["id"], asked["state"], asked["seen_age_s"]) == (201, "r1", "asked", None)
        assert there.told["requests"][0]["note"] == "quay steps"
        status, going = await sent(client, "POST", f"{ADDRESS}/r1/answer", json=GOING)
        assert (status, going["state"], going["taken_by"]) == (200, "going", 1)
        for _ in range(SEEN_LOOKS + 2):
            there.look_from("quay")
            await there.desk.look()
        assert there.told["requests"][0]["state"] == "going", "another camera sees it: the one that went does not yet"
        assert there.told["requests"][0]["seen_age_s"] == 0
        for looks in range(SEEN_LOOKS):
            assert there.told["requests"][0]["state"] == "going", looks
            there.look_from("north")
            await there.desk.look()
        assert there.told["requests"][0]["state"] == "seen"
        status, refused = await sent(client, "POST", f"{ADDRESS}/r1/answer", json=GOING)
        assert (status, "is over (seen)" in refused["error"]) == (409, True)
        there.clock.utc_ns += (SHOWN_AFTER_S + 1) * NS_PER_S
        assert (await sent(client, "GET", ADDRESS))[1]["requests"] == []
    deeds = [json.loads(line) for line in (there.folder / "audit.jsonl").read_text().splitlines()]
    assert [(line["what"], line["step"]) for line in deeds if "step" in line][:4] == [
        ("lookout_asked", "begun"), ("lookout_asked", "done"), ("lookout_answered", "begun"),
        ("lookout_answered", "done"),
    ]  # fmt: skip
    assert all("48.85" not in json.dumps(line) for line in deeds), "no place stands in the audit"


async def test_one_look_in_passing_is_no_answer(there: There) -> None:
    await there.desk.ask(OFFICER)
    await there.desk.answer("r1", GOING)
    for _ in range(4):
        for _ in range(SEEN_LOOKS - 1):
            there.look_from("north")
            await there.desk.look()
        there.look_from("north", [2.3512, 48.8567])
        there.clock.utc_ns += 6 * NS_PER_S
        there.outbox.put(Topic.DENSITY, there.map.document_at(there.clock.utc_ns))
        await there.desk.look()
    assert there.told["requests"][0]["state"] == "going"


async def test_who_is_asked_alone_leaves_nobody_and_of_all_somebody_still_may(there: There) -> None:
    await there.desk.ask({**OFFICER, "vehicle": 1})
    assert (await there.desk.answer("r1", CANNOT))["state"] == "refused"
    assert (await there.desk.answer("r1", GOING))["state"] == "going", "whoever cannot may find that he can"
    await there.desk.ask(OFFICER)
    one = await there.desk.answer("r2", CANNOT)
    assert (one["state"], [refusal["reason"] for refusal in one["refusals"]]) == ("asked", ["battery"])
    assert (await there.desk.answer("r2", {**CANNOT, "reason": "wind"}))["refusals"][0]["reason"] == "wind"
    assert (await there.desk.answer("r2", {**CANNOT, "vehicle": 2}))["state"] == "refused"
    assert (await there.desk.answer("r2", {"vehicle": 2, "answer": "done"}))["state"] == "done"


async def test_only_who_is_asked_answers(there: There, client_of: Any) -> None:
    async with client_of() as client:
        await there.desk.ask({**OFFICER, "vehicle": 1})
        status, refused = await sent(client, "POST", f"{ADDRESS}/r1/answer", json={**GOING, "vehicle": 2})
        assert (status, refused["error"]) == (403, "request r1 asks vehicle 1, not 2")
        await there.desk.ask(OFFICER)
        await there.desk.answer("r2", GOING)
        status, refused = await sent(client, "POST", f"{ADDRESS}/r2/answer", json={**GOING, "vehicle": 2})
        assert (status, refused["error"]) == (409, "vehicle 1 has taken request r2 on already")
        assert (await sent(client, "POST", f"{ADDRESS}/r9/answer", json=GOING))[0] == 404
        assert (await sent(client, "DELETE", f"{ADDRESS}/r2"))[1]["state"] == "withdrawn"
        assert (await sent(client, "DELETE", f"{ADDRESS}/r2"))[0] == 409


async def test_pilots_answer_and_operators_ask(there: There, client_of: Any) -> None:
    async with client_of(Role.PILOT) as client:
        assert (await sent(client, "POST", ADDRESS, json=OFFICER))[0] == 403
    async with client_of(Role.OPERATOR) as client:
        assert (await sent(client, "POST", ADDRESS, json=OFFICER))[0] == 201
        assert (await sent(client, "POST", f"{ADDRESS}/r1/answer", json=GOING))[0] == 403
    async with client_of(Role.PILOT) as client:
        assert (await sent(client, "DELETE", f"{ADDRESS}/r1"))[0] == 403
        assert (await sent(client, "POST", f"{ADDRESS}/r1/answer", json=GOING))[0] == 200


async def test_what_is_asked_outlives_a_restart_and_a_damaged_file_is_told(there: There) -> None:
    await there.desk.ask(OFFICER)
    await there.desk.answer("r1", GOING)
    there.start()
    (kept,) = there.desk.document()["requests"]
    assert (kept["state"], kept["taken_by"], kept["asked_by"]) == ("going", 1, "shift 2")
    assert (await there.desk.ask(OFFICER))["id"] == "r2"
    path = there.folder / "lookouts.json"
    for damage in ("{", "[]", path.read_text().replace('"going"', '"gone"'), path.read_text().replace('"next"', '"n"')):
        path.write_text(damage)
        with pytest.raises(BadInputError, match=r"lookouts\.json: is damaged"):
            there.start()


async def test_what_cannot_be_written_is_not_asked(there: There) -> None:
    (there.folder / "lookouts.json").mkdir()
    with pytest.raises(NotKeptError):
        await there.desk.ask(OFFICER)
    assert there.desk.document()["requests"] == []


@pytest.mark.parametrize("place", [[2.36, 48.857], [48.857, 2.352], [2.352, -48.857], [179.0, 10.0], [2.3529, 48.8576]])
async def test_no_eyes_outside_the_area(there: There, place: list[float]) -> None:
    with pytest.raises(BadInputError, match="outside the mission's area"):
        await there.desk.ask({"lon_lat": place})


async def test_requests_are_bounded(there: There) -> None:
    for _ in range(MOST_OPEN):
        await there.desk.ask(OFFICER)
    with pytest.raises(BadInputError, match="withdraw one first"):
        await there.desk.ask(OFFICER)
    for number in range(1, MOST_KEPT + 20):
        await there.desk.withdraw(f"r{number}")
        await there.desk.ask(OFFICER)
    kept = json.loads((there.folder / "lookouts.json").read_text())["lookouts"]
    assert len(kept) == MOST_KEPT
    assert sum(one["state"] == "asked" for one in kept) == MOST_OPEN


async def test_nothing_is_asked_in_a_replay_or_after_the_end(mission: Mission, there: There, tmp_path: Path) -> None:
    async with TestClient(TestServer(application(there.outbox, clock=there.clock, lookouts=there.desk))) as client:
        there.clock.utc_ns = there.mission.ends_utc_ns
        status, refused = await sent(client, "POST", ADDRESS, json=OFFICER)
        assert (status, "mission_ended" in refused["error"]) == (403, True)
        there.start(is_replay=True)
    there.clock.utc_ns = mission.starts_utc_ns + NS_PER_S
    app = application(there.outbox, clock=there.clock, lookouts=there.desk)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        assert "replay" in (await sent(client, "POST", ADDRESS, json=OFFICER))[1]["error"]
    async with TestClient(TestServer(application(Outbox(()), clock=there.clock), host="127.0.0.1")) as client:
        assert (await sent(client, "GET", ADDRESS))[0] == 503
        async with client.post(ADDRESS, json=OFFICER) as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    "body",
    [
        None, [], {}, {**OFFICER, "person": 1}, {"lon_lat": [2.35]}, {"lon_lat": [True, 1]}, {"lon_lat": [200, 1]},
        {"lon_lat": [1, float("nan")]}, {"lon_lat": "here"}, {**OFFICER, "vehicle": 0}, {**OFFICER, "vehicle": "1"},
        {**OFFICER, "vehicle": True}, {**OFFICER, "note": "x" * 81}, {**OFFICER, "note": 4}, {**OFFICER, "by": " "},
    ],
)  # fmt: skip
def test_a_wrong_request_is_told(body: object) -> None:
    with pytest.raises(BadInputError, match=r"^(?!.*\n)"):
        asked_from(body)


@pytest.mark.parametrize(
    "body",
    [
        None, {}, {"vehicle": 1}, {**GOING, "answer": "gone"}, {**GOING, "answer": ["going"]},
        {**GOING, "vehicle": None},
        {"vehicle": 1, "answer": "cannot"}, {**GOING, "reason": "wind"}, {**CANNOT, "reason": "a\x00b"},
        {**GOING, "more": 1},
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told(body: object) -> None:
    with pytest.raises(BadInputError):
        answered_from(body)
