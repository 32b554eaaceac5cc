"""The ledger of guarantee 11 at work: a public map run second by second, with a clock set back and a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from flightlink.mission import Mission
from groundstation.mapping import GREY_AFTER_S, PublicMission
from maps.budget import EPSILON_PER_RELEASE, RELEASES_PER_WINDOW, WINDOW_S
from maps.crs import MissionCrs
from maps.noise import geometric_noise
from maps.public_geojson import GREY
from proofs.differencing import EPSG, UTC_NS
from proofs.row import Finding

NS_PER_S: Final = 1_000_000_000
AREA_AT_M: Final = (652_000.0, 6_862_000.0)


def budget_kept() -> Finding:
    """Run a public map for minutes, with a clock that is set back and with a restart, and count its releases."""
    set_back = [*range(100), *range(60, 90), *range(100, 190)]
    first, grey_s, first_honest = _released_at(set_back, starts_s=0)
    again, _, again_honest = _released_at([*range(190, 400)], starts_s=190)
    both = first + [tick + len(set_back) for tick in again]
    most = max(sum(begin <= at < begin + WINDOW_S for at in both) for begin in both)
    grey = first_honest and again_honest and grey_s > 0
    return Finding(
        holds=most <= RELEASES_PER_WINDOW and grey and len(first) > 0 and len(again) > 0,
        evidence=(
            f"{len(both)} releases in {len(set_back) + 210} s with a clock set back and a restart: at most {most} in "
            f"any {WINDOW_S} s (epsilon {float(most * EPSILON_PER_RELEASE):.2f}), "
            f"{'greyed out' if grey else 'NOT greyed out'} where the budget was spent"
        ),
        figures={"releases": len(both), "most_releases_in_a_window": most, "greyed_out": grey},
    )


def _released_at(clock_s: Sequence[int], *, starts_s: int) -> tuple[list[int], int, bool]:
    """Return when a station that starts anew releases, how long it is grey, and whether it is so whenever it must be.

    Args:
        clock_s: what its monotonic clock says, second by second.
        starts_s: what it said at the start.
    """
    public = PublicMission(
        _mission(), epsg=EPSG, noise=geometric_noise(EPSILON_PER_RELEASE), starts_ns=starts_s * NS_PER_S
    )
    releases: list[int] = []
    newest, grey_s, honest = "", 0, True
    for second, now_s in enumerate(clock_s):
        document = public.document_at(UTC_NS + second * NS_PER_S, now_s * NS_PER_S)
        if document is not None and document["utc"] != newest:
            newest = document["utc"]
            releases.append(second)
        is_grey = document is not None and document["state"] == GREY
        grey_s += is_grey
        honest &= is_grey or document is None or second - releases[-1] < GREY_AFTER_S
    return releases, grey_s, honest


def _mission() -> Mission:
    west_m, south_m = AREA_AT_M
    east_m, north_m = np.array([0.0, 40.0, 40.0, 0.0]) + west_m, np.array([0.0, 0.0, 40.0, 40.0]) + south_m
    lon_deg, lat_deg = MissionCrs(EPSG).geodetic_from_crs(east_m, north_m)
    return Mission(
        area=tuple(zip(lon_deg.tolist(), lat_deg.tolist(), strict=True)),
        starts_utc_ns=0,
        ends_utc_ns=2 * UTC_NS,
        min_agl_m=1.0,
        max_agl_m=120.0,
        purpose="proof of guarantee 11",
    )
