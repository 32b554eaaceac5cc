"""Bodies that no pilot sends: each gets one line, and reaches nobody."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from groundstation.outbox import Outbox
from groundstation.web.pointing import Answer, Off
from tests.groundstation.entrances import application

Client = TestClient[web.Request, web.Application]
JSON = {"Content-Type": "application/json"}


class Asked:
    """A pilot that remembers what reached it."""

    def __init__(self) -> None:
        self.places: list[tuple[float, float]] = []

    async def point(self, system_id: int, *, lat_deg: float, lon_deg: float) -> Answer:
        assert system_id == 1
        self.places.append((lat_deg, lon_deg))
        return Off(refused="", detail="")


@pytest.fixture
def pilot() -> Asked:
    return Asked()


@pytest.fixture
async def client(pilot: Asked) -> AsyncIterator[Client]:
    app = application(Outbox(()), clock=lambda: 0, pilot=pilot)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


@pytest.mark.parametrize("lat", ["1" + "0" * 400, "-1" + "0" * 400, "1e400", "-Infinity", "NaN", "90.1", "1" * 5000])
async def test_a_number_that_is_no_angle_is_refused(client: Client, pilot: Asked, lat: str) -> None:
    body = f'{{"lat_deg": {lat}, "lon_deg": 0}}'
    async with client.post("/api/v1/vehicles/1/point", data=body, headers=JSON) as answer:
        assert (answer.status, set(await answer.json())) == (400, {"error"})
    assert pilot.places == []


async def test_a_body_that_is_not_packed_as_it_says_is_refused(client: Client, pilot: Asked) -> None:
    packed = {**JSON, "Content-Encoding": "gzip"}
    async with client.post("/api/v1/vehicles/1/point", data=b"no gzip", headers=packed) as answer:
        assert (answer.status, set(await answer.json())) == (400, {"error"})
    assert pilot.places == []


async def test_an_angle_reaches_the_pilot(client: Client, pilot: Asked) -> None:
    async with client.post("/api/v1/vehicles/1/point", json={"lat_deg": -90, "lon_deg": 180.0}) as answer:
        assert answer.status == 200
    assert pilot.places == [(-90.0, 180.0)]
