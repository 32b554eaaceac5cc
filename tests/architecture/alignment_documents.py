"""The documents of a camera's alignment, made by the station's own code from tie points that reach each branch."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from groundstation.alignment.desk import AlignmentDesk
from groundstation.alignment.shown import ShownPictures
from groundstation.alignment.store import AlignmentFile
from groundstation.instants import text_from_utc_ns
from maps.alignment.points import TiePoint
from tests.maps.tie_points import LENS, Flight, tie_points


def alignment_documents() -> dict[str, list[Any]]:
    """Return by name what the desk answers: what is in force, solutions, refusals."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_asked(Path(folder)))


async def _asked(folder: Path) -> dict[str, list[Any]]:
    shown, points = ShownPictures(), tie_points(Flight(), 4)
    for point in points:
        shown.add(point.pose, width_px=LENS.width_px, height_px=LENS.height_px)
    desk = AlignmentDesk(
        "north", shown=shown, file=AlignmentFile(folder, "north"), by_camera_file=None, apply=lambda _: None,
        clock=lambda: 1_700_000_000_000_000_000,
    )  # fmt: skip
    wrong = replace(points[2], lat_deg=points[2].lat_deg + 9 / 111_000)
    none = desk.document()
    solutions = [
        await desk.solve(_body(points), store=False),
        await desk.solve(_body([*points[:2], wrong, *points[3:]]), store=True),
    ]
    refusals = [
        await desk.solve(_body(points[:1]), store=False),
        await desk.solve(_body([points[0], wrong, points[4]]), store=False),
    ]
    in_force = [none, desk.document()]
    return {"alignment": in_force, "alignment_solution": solutions, "alignment_refusal": refusals}


def _body(points: list[TiePoint]) -> dict[str, Any]:
    rows = [
        {
            "utc": text_from_utc_ns(point.pose.utc_ns), "u_px": point.u_px, "v_px": point.v_px,
            "lat_deg": point.lat_deg, "lon_deg": point.lon_deg,
        }
        for point in points
    ]  # fmt: skip
    return {"points": rows}
