"""What the public is told in tests: a mission, flights, and a public map through the real gate."""

from __future__ import annotations

from typing import Any, Final

from flightlink.mission import Mission
from groundstation.flight import epsg_of
from groundstation.instants import NS_PER_S
from groundstation.mapping import PublicMission, area_in_crs
from groundstation.public.documents import About, Flight, Register, Release, minute_of, told_of
from groundstation.public.folder import Told
from maps.cells import CellCount, CellCounts, CellId

UTC_NS: Final = 1_784_052_000 * NS_PER_S
"""2026-07-14T18:00:00Z."""
MISSION: Final = Mission(
    area=((2.3510, 48.8565), (2.3530, 48.8565), (2.3530, 48.8577), (2.3510, 48.8575)),
    starts_utc_ns=UTC_NS - 3600 * NS_PER_S, ends_utc_ns=UTC_NS + 3 * 3600 * NS_PER_S, min_agl_m=30.0, max_agl_m=60.0,
    purpose="Fête des Lanternes : rues étroites, forte affluence attendue.",
)  # fmt: skip
_PER_LEAF: Final = (2, 4, 32, 60, 100)
"""Found on leaves of 25 m2, by column of 20 m: free, free, dense, watch, alert."""


def about(**changes: Any) -> About:
    """Return the mission under way, with all that an operator may state."""
    stated = {
        "utc": minute_of(UTC_NS), "station": "Fête des Lanternes", "is_replay": False, "state": "running",
        "mission": told_of(MISSION), "standing_cameras": 1, "operator": "Ville de Vaubelle",
        "order": "Arrêté préfectoral no 2026-0912-07", "contact": "dpo@vaubelle.example",
        "complaint_url": "https://vaubelle.example/reclamation", "complaint_email": "c@vaubelle.example",
        "complaint_postal": "1 place Haute, 00000 Vaubelle", "key_fingerprint": "7f" * 32,
    }  # fmt: skip
    return About.model_validate(stated | changes)


def register() -> Register:
    """Return two flights under way, and one that has ended."""
    earlier = {"first_seen_utc": minute_of(UTC_NS - 3000 * NS_PER_S), "mission": told_of(MISSION)}
    now = minute_of(UTC_NS)
    return Register(
        utc=now,
        flights=(
            Flight(vehicle="north", last_seen_utc=now, is_flying=True, **earlier),
            Flight(vehicle="quay", last_seen_utc=now, is_flying=True, **earlier),
            Flight(vehicle="east", last_seen_utc=earlier["first_seen_utc"], is_flying=False, **earlier),
        ),
    )


def density(utc_ns: int = UTC_NS) -> dict[str, Any]:
    """Return a release over the western five columns of the mission's area; the rest is not seen."""
    level = PublicMission(MISSION, epsg=epsg_of(MISSION), noise=list, starts_ns=0)
    west, south, _, north = area_in_crs(MISSION, epsg_of(MISSION)).bounds
    east_0, north_0, north_1 = int(west // 20) * 4, int(south // 20) * 4, int(north // 20) * 4 + 4
    cells = tuple(
        CellCount(
            cell=CellId(5, east_0 + east, up), people=float(found), variance=1.0, observed_share=1.0, ce90_m=1.0,
            found=found,
        )
        for column, found in enumerate(_PER_LEAF)
        for east in range(4 * column, 4 * column + 4)
        for up in range(north_0, north_1)
    )  # fmt: skip
    level.take(CellCounts(source="north", utc_ns=utc_ns, epsg=epsg_of(MISSION), cells=cells))
    document = level.document_at(utc_ns, 100 * NS_PER_S)
    assert document is not None
    return document


def release() -> Release:
    """Return `density` as it is read."""
    return Release.model_validate(density())


def told() -> Told:
    """Return all of it as a station answers it."""
    documents = about().model_dump(mode="json"), register().model_dump(mode="json")
    return Told(about=documents[0], register=documents[1], density=density())
