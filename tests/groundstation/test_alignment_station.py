"""A running station aligned over HTTP: a camera that stands still gets a new worker, a vehicle's is right at once."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession

from flightlink.alignment_file import load_alignment
from flightlink.mission import Mission
from flightlink.pose import CameraPose
from maps.georeference import ground_from_image
from tests.groundstation.conftest import CAMERA_TOML
from tests.groundstation.station import Client, fly, serving, settings

Fake = Callable[[str], tuple[str, ...]]
PIXELS = ((6.0, 6.0), (57.0, 8.0), (8.0, 40.0), (56.0, 41.0), (30.0, 44.0))


def tie_points(pose: CameraPose, utc: str) -> dict[str, Any]:
    """What is seen in a picture of 64 x 48, taken 10 degrees further left than the camera's attitude is reported."""
    lens = pose.intrinsics.scaled_to(width_px=64, height_px=48)
    true = replace(pose, intrinsics=lens, yaw_deg=(pose.yaw_deg - 10.0) % 360)
    u_px, v_px = np.array(PIXELS).T
    seen = ground_from_image(true, u_px, v_px)
    rows = zip(PIXELS, seen.lat_deg, seen.lon_deg, strict=True)
    points = [{"utc": utc, "u_px": u, "v_px": v, "lat_deg": lat, "lon_deg": lon} for (u, v), lat, lon in rows]
    return {"points": points}


async def asked(session: ClientSession, client: Client, method: str, name: str, pose: CameraPose) -> dict[str, Any]:
    """Align by the newest picture; again while it has no pose yet."""
    async with asyncio.timeout(20):
        while True:
            async with session.get(f"{client.address}api/v1/video/{name}/snapshot.jpg") as answer:
                utc = answer.headers.get("Capture-Utc")
            if utc is not None:
                address = f"{client.address}api/v1/cameras/{name}/alignment"
                async with session.request(method, address, json=tie_points(pose, utc)) as answer:
                    said: dict[str, Any] = await answer.json()
                if answer.status == 200:
                    return said
            await asyncio.sleep(0.1)


async def test_a_camera_that_stands_still(
    tmp_path: Path, running: Mission, pose: CameraPose, fake_worker: Fake
) -> None:
    async with serving(settings(tmp_path), running, fake_worker("fixed")) as client, ClientSession() as session:
        said = await asked(session, client, "PUT", "north", pose)
        assert said["bias"]["yaw_deg"] == pytest.approx(10.0, abs=0.5)
        kept = tmp_path / "state" / "north.alignment.toml"
        assert load_alignment(kept).bias.yaw_deg == pytest.approx(10.0, abs=0.5)
        await client.until("health", lambda document: document["cameras"][0]["restarts"] >= 1)
        await client.until("health", lambda document: document["cameras"][0]["worker"]["state"] == "running")
        again = await asked(session, client, "POST", "north", pose)
        assert again["bias"]["yaw_deg"] == pytest.approx(10.0, abs=0.5)  # of what is reported, not of what is left
        async with session.delete(f"{client.address}api/v1/cameras/north/alignment") as answer:
            assert (await answer.json())["alignment"] is None
        assert not kept.exists()


async def test_a_vehicles_camera(tmp_path: Path, running: Mission, pose: CameraPose, fake_worker: Fake) -> None:
    (tmp_path / "flying.toml").write_text(CAMERA_TOML + "[mount]\nyaw_deg = 0\npitch_deg = -90\nroll_deg = 0\n")
    carried = {"name": "one", "video": "clip.mp4", "system_id": 7, "file": "flying.toml"}
    flying = settings(tmp_path, link=[{"url": "udpin://127.0.0.1:0"}], camera=[carried])
    async with serving(flying, running, fake_worker("fixed")) as client, ClientSession() as session:
        port = (await client.until("health", lambda document: document["links"]))["links"][0]["port"]
        vehicle = asyncio.create_task(fly(port))
        try:
            before = await client.until("vehicles", footprint)
            said = await asked(session, client, "PUT", "one", replace(pose, alt_m=50.0))
            assert said["bias"]["yaw_deg"] == pytest.approx(10.0, abs=0.5)
            turned = await client.until("vehicles", lambda document: footprint(document) != footprint(before))
            assert corner_deg(turned) - corner_deg(before) == pytest.approx(-10.0, abs=0.6)
        finally:
            vehicle.cancel()
            await asyncio.wait([vehicle])


def footprint(document: dict[str, Any]) -> list[list[float]] | None:
    found = [one for one in document["features"] if one["properties"]["kind"] == "footprint" and one["geometry"]]
    return found[0]["geometry"]["coordinates"][0] if found else None


def corner_deg(document: dict[str, Any]) -> float:
    """Bearing of the footprint's first corner from the camera."""
    ring = footprint(document)
    assert ring is not None
    east, north = (ring[0][0] - 2.352) * np.cos(np.radians(48.857)), ring[0][1] - 48.857
    return float(np.degrees(np.arctan2(east, north)))
