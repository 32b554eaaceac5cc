"""The documents of zones and acknowledged alerts, made by the station's own code from maps that reach each branch."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from flightlink.mission import Mission
from groundstation.flight import epsg_of
from groundstation.instants import NS_PER_S
from groundstation.lookouts.desk import LookoutDesk
from groundstation.mapping import MissionMap
from groundstation.officers import officers
from maps.cells import CellCounts
from maps.crs import MissionCrs

FILLING_S = 150
STEP_S = 3


def officers_documents(mission: Mission, counts: CellCounts) -> dict[str, list[Any]]:
    """Return by name what officers are answered, and the alerts with what they said to them.

    Args:
        mission: what is watched.
        counts: of a crowd that covers a square of leaves.
    """
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_asked(Path(folder), mission, counts))


async def _asked(folder: Path, mission: Mission, counts: CellCounts) -> dict[str, list[Any]]:
    now_ns, published = [counts.utc_ns], list[dict[str, Any]]()
    desks = officers(folder, mission, clock=lambda: now_ns[0], publish=published.append, is_replay=False)
    mission_map = MissionMap(mission, epsg=epsg_of(mission), zones=desks.zones)
    zones, ground = [desks.zones.document()], _middle(counts)
    added = [
        await desks.zones.add({"name": name, "capacity": capacity, "polygon": ground})
        for name, capacity in (("square", 5000), ("north gate", 20), ("south gate", 20))
    ]
    for second in range(0, FILLING_S, STEP_S):
        now_ns[0] = counts.utc_ns + second * NS_PER_S
        cells = tuple(replace(cell, people=cell.people + second / 10) for cell in counts.cells)
        mission_map.take(replace(counts, utc_ns=now_ns[0], cells=cells))
        mission_map.document_at(now_ns[0])
        desks.alerts.take(mission_map.alerts_at(now_ns[0]), now_ns[0])
        zones.append(desks.zones.document())
    (first, second_one) = published[-1]["alerts"]
    answers = [
        await desks.alerts.acknowledge(first["id"], {"reason": "stewards sent", "by": "shift 2"}),
        await desks.alerts.acknowledge(second_one["id"], {"reason": "known"}),
    ]
    climbed = [{**alert, "level": "critical"} for alert in published[-1]["alerts"]]
    desks.alerts.take({**published[-1], "alerts": climbed}, now_ns[0])
    lookouts = await _lookouts(desks.lookouts)
    return {"zones": zones, "zone": added, "acknowledgement": answers, "alerts": published, **lookouts}


async def _lookouts(desk: LookoutDesk) -> dict[str, list[Any]]:
    """Ask for eyes, refuse, take on; before anybody saw the place and after."""
    place = {"lon_lat": [2.352, 48.857], "note": "quay steps", "by": "shift 2"}
    answers = [await desk.ask(place), await desk.ask({"lon_lat": place["lon_lat"], "vehicle": 2})]
    answers += [
        await desk.answer("r1", {"vehicle": 2, "answer": "cannot", "reason": "battery", "by": "D. Moreau"}),
        await desk.answer("r1", {"vehicle": 1, "answer": "going"}),
    ]
    await desk.find_gap()
    answers += [answer | {"seen_age_s": 0.4} for answer in answers[-1:]]
    told = desk.document()
    return {"lookouts": [told, {**told, "gap": None}], "lookout": answers}


def _middle(counts: CellCounts) -> list[list[float]]:
    """Return the corners of a square of 40 m, 10 m inside the leaves' south-western corner."""
    west, south = (min(cell.cell[axis] for cell in counts.cells) * 5 + 10 for axis in (1, 2))
    east_m, north_m = west + np.array([0.0, 40, 40, 0]), south + np.array([0.0, 0, 40, 40])
    corners: list[list[float]] = np.stack(MissionCrs(counts.epsg).geodetic_from_crs(east_m, north_m), axis=1).tolist()
    return corners
