"""What the public is told, made by the station's own code: with all that an operator may state, and with nothing."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from flightlink.mission import Mission
from flightlink.vehicle.state import VehicleState
from groundstation.public.desk import public_desk
from groundstation.public.keys import PUBLIC_KEY_FILE
from groundstation.settings import settings_from_table

STATED = {
    "operator": "Town of Vaubelle", "order": "Order no. 7", "contact": "dpo@vaubelle.example",
    "complaint_url": "https://vaubelle.example/c", "complaint_email": "c@vaubelle.example",
    "complaint_postal": "1 place Haute",
}  # fmt: skip


def public_documents(mission: Mission, vehicle: VehicleState) -> dict[str, list[Any]]:
    """Return by name what the public is answered beside the map.

    Args:
        mission: what is watched.
        vehicle: one that is heard.
    """
    served: dict[str, list[Any]] = {"about": [], "register": []}
    with tempfile.TemporaryDirectory() as folder:
        for stated in ({}, STATED):
            camera = {"name": "north", "video": "a.mp4", "file": "cam.toml"}
            table = {"station": {"state_dir": folder}, "camera": [camera], "public": stated}
            settings = settings_from_table(table, path=Path(folder) / "station.toml")
            utc_ns = mission.starts_utc_ns
            desk = public_desk(settings, mission, clock=lambda now=utc_ns: now, release=lambda: None)  # type: ignore[misc]
            desk.take([replace(vehicle, armed=True)], utc_ns)
            served["about"].append(desk.about())
            served["register"].append(desk.register())
            (Path(folder) / PUBLIC_KEY_FILE).write_text("a key", encoding="utf-8")
    return served
