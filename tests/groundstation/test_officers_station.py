"""Zones in the whole live station: drawn over HTTP, filled by its cameras, there again after a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flightlink.mission import Mission
from tests.groundstation.station import Client, serving, settings
from tests.groundstation.zones_here import BODY

Fake = Callable[[str], tuple[str, ...]]


def people(document: dict[str, Any]) -> list[int | None]:
    return [feature["properties"]["people"] for feature in document["features"]]


async def test_a_zone_is_filled_by_the_cameras_and_outlives_the_station(
    tmp_path: Path, running: Mission, fake_worker: Fake
) -> None:
    async with serving(settings(tmp_path), running, fake_worker("fixed")) as client:
        corners = await around(client)
        body = {**BODY, "capacity": 20, "polygon": corners}
        async with client._session.post(f"{client.address}api/v1/zones", json=body) as answer:
            assert answer.status == 201
        document = await client.until("zones", lambda document: people(document) == [30])
        assert document["features"][0]["properties"]["level"] == "full"
        alerts = await client.until("alerts", lambda document: document["alerts"])
        (alert,) = alerts["alerts"]
        assert (alert["kind"], alert["zone"], alert["acknowledged"]) == ("zone_over_capacity", "z1", None)
        said = client._session.post(f"{client.address}api/v1/alerts/{alert['id']}/acknowledge", json={"reason": "seen"})
        async with said as answer:
            assert answer.status == 200
        (alert,) = (await client.document("alerts"))["alerts"]
        assert alert["acknowledged"]["reason"] == "seen"
    assert sorted(path.name for path in (tmp_path / "state").glob("*.json*")) == [
        "acknowledgements.json", "audit.jsonl", "incidents.jsonl", "zones.json",
    ]  # fmt: skip
    async with serving(settings(tmp_path), running, fake_worker("fixed")) as client:
        await client.until("zones", lambda document: people(document) == [30])


async def around(client: Client) -> list[list[float]]:
    """Return the corners of the cell in which the camera counts people."""
    density = await client.until("density", lambda document: document["people"] > 20)
    (cell,) = [feature for feature in density["features"] if feature["properties"]["people"]]
    corners: list[list[float]] = cell["geometry"]["coordinates"][0]
    return corners
