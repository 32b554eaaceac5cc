import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flightlink.mission import Mission
from flightlink.pose import CameraPose
from flightlink.vehicle.state import LinkState, VehicleState
from groundstation.flight import epsg_of
from groundstation.health import CameraStatus, health_document
from groundstation.vehicles import CameraView, MissionGround, footprint, link_status, vehicles_document

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told() -> set[str]:
    return set(re.findall(r"`([a-z0-9_]+)`", (ROOT / "docs" / "api.md").read_text(encoding="utf-8")))


def keys(document: Any) -> Iterator[str]:
    """Yield every key of a document but those of GeoJSON geometries."""
    if isinstance(document, list):
        for part in document:
            yield from keys(part)
    elif isinstance(document, dict):
        for key, value in document.items():
            if key not in ("geometry", "area", "type", "features", "properties"):
                yield key
            if key not in ("geometry", "area"):
                yield from keys(value)


def test_every_field_of_health_has_its_line(mission: Mission, told: set[str]) -> None:
    camera = CameraStatus(name="north", system_id=1, utc_ns=0)
    document = health_document(
        station="x", mission=mission, cameras=[camera.document(link=link_status(None), pose_refusal=None)], links=[],
        utc_ns=0, map_frozen_since_ns=None,
    )  # fmt: skip
    assert set(keys(document)) - told == set()


def test_every_field_of_vehicles_has_its_line(mission: Mission, pose: CameraPose, told: set[str]) -> None:
    state = VehicleState(
        system_id=1, utc_ns=0, link=LinkState.OK, link_age_s=0.1, lat_deg=48.857, lon_deg=2.352, alt_home_m=60.0,
        yaw_deg=10.0, battery_percent=80.0, mode="auto", armed=True, loss_share=0.0, messages_per_s=50.0, uid2=None,
        round_trip_ms=None, gps_minus_station_s=None, alarms=(),
    )  # fmt: skip
    view = CameraView(name="north", system_id=1, pose=pose)
    ground = MissionGround(mission, epsg=epsg_of(mission))
    document = vehicles_document(
        mission=mission, vehicles=[state], views=[view], footprints=[footprint(view, ground)], utc_ns=0
    )
    assert set(keys(document)) - told == set()
