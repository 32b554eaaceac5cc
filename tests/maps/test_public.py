"""The public level: what is counted, what the noise stands before, and what never depends on people."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.budget import WINDOW_S
from maps.cells import CellCount, CellCounts, CellId
from maps.errors import CountingError
from maps.levels import Level
from maps.patches import Patch, public_patches
from maps.public import TOP_PER_M2, Look, PublicCell, PublicLevel, PublicMap, PublicState, released
from maps.public_geojson import geometries, greyed, public_document

S = 10**9
UTC_NS = 1_790_000_000 * S
EAST, NORTH = 652_000, 6_862_000
AREA = shapely.box(EAST, NORTH, EAST + 40, NORTH + 20)
WEST_CELL, EAST_CELL = CellId(20, EAST // 20, NORTH // 20), CellId(20, EAST // 20 + 1, NORTH // 20)


def silent(counts: Sequence[int]) -> Sequence[int]:
    """No noise: what stands before it can be seen. The product has no such thing."""
    return counts


def level(**changes: Any) -> PublicLevel:
    values: dict[str, Any] = {"epsg": 2154, "mission_area": AREA, "noise": silent, "starts_ns": 0}
    return PublicLevel(**(values | changes))


def frame(found: Sequence[int], *, share: float = 1.0, **changes: Any) -> CellCounts:
    """Return a frame that finds so many in the first leaf of each 20 m cell from the west, and sees all leaves."""
    cells = tuple(
        CellCount(
            cell=CellId(5, EAST // 5 + 4 * number + leaf % 4, NORTH // 5 + leaf // 4), people=99.0, variance=9.0,
            observed_share=share, ce90_m=2.0, found=people if leaf == 0 else 0,
        )
        for number, people in enumerate(found)
        for leaf in range(16)
    )  # fmt: skip
    values: dict[str, Any] = {"source": "a", "utc_ns": UTC_NS, "epsg": 2154, "cells": cells}
    return CellCounts(**(values | changes))


def densities(public: PublicMap | None) -> list[float | None]:
    assert public is not None
    return [cell.density_per_m2 for cell in public.cells]


def test_detections_are_counted_once_whatever_they_weigh() -> None:
    public = level()
    public.take(frame([120, 440]))
    told = public.release(UTC_NS, 60 * S)
    assert densities(told) == [0.3, 1.1]
    assert told is not None
    assert [cell.level for cell in told.cells] == [Level.FREE, Level.DENSE]
    assert {(cell.state, cell.at_least, cell.observed_share) for cell in told.cells} == {("observed", False, 1.0)}


def test_one_frame_serves_one_release() -> None:
    public = level()
    public.take(frame([120, 440]))
    assert densities(public.release(UTC_NS, 60 * S)) == [0.3, 1.1]
    assert densities(public.release(UTC_NS + S, 70 * S)) == [None, None]


def test_of_each_leaf_the_frame_that_saw_most_is_taken_and_its_counts_never_matter() -> None:
    for found in (0, 400, 4000):
        public = level()
        public.take(frame([40, 40], source="b"))
        public.take(frame([found], utc_ns=UTC_NS - 2 * S, source="c"))
        public.take(frame([found], source="a"))
        public.take(frame([found, found], share=0.94, utc_ns=UTC_NS + S, source="d"))
        public.take(frame([80], utc_ns=UTC_NS + S, source="e"))
        assert densities(public.release(UTC_NS, 60 * S)) == [0.2, 0.1]


def test_several_cameras_together_may_see_a_cell() -> None:
    whole = frame([40]).cells
    public = level()
    public.take(frame([], cells=whole[:10], source="a"))
    public.take(frame([], cells=whole[10:], source="b"))
    assert densities(public.release(UTC_NS, 60 * S))[0] == 0.1
    public.take(frame([], cells=whole[:10]))
    assert densities(public.release(UTC_NS, 70 * S))[0] is None


def test_an_old_look_at_all_of_a_leaf_gives_way_to_a_new_one() -> None:
    public = level()
    public.take(frame([4000], utc_ns=UTC_NS - 11 * S))
    public.take(frame([4000], utc_ns=UTC_NS + 30 * S, source="ahead"))
    public.take(frame([38], share=0.96))
    assert densities(public.release(UTC_NS, 60 * S))[0] == pytest.approx(38 / 384)


@pytest.mark.parametrize(("age_s", "figure"), [(-10.1, None), (-1, 0.1), (0, 0.1), (10, 0.1), (10.1, None)])
def test_an_old_frame_is_in_no_release(age_s: float, figure: float | None) -> None:
    public = level()
    public.take(frame([40], utc_ns=UTC_NS - round(age_s * S)))
    assert densities(public.release(UTC_NS, 60 * S))[0] == figure


def test_a_cell_is_listed_whether_or_not_anybody_looked() -> None:
    public = level()
    told = public.release(UTC_NS, 60 * S)
    assert told is not None
    assert told.cells == (PublicCell(state=PublicState.UNOBSERVED),) * 2
    assert [patch.cells for patch in public.patches] == [(WEST_CELL,), (EAST_CELL,)]


def test_a_mission_area_smaller_than_the_noise_allows_is_told_as_such() -> None:
    public = level(mission_area=shapely.box(EAST, NORTH, EAST + 18, NORTH + 18))
    public.take(frame([99]))
    told = public.release(UTC_NS, 60 * S)
    assert told is not None
    assert told.cells == (PublicCell(state=PublicState.TOO_SMALL),)


def test_nothing_is_released_before_it_is_due() -> None:
    public = level()
    public.take(frame([40, 40]))
    assert public.release(UTC_NS, 59 * S) is None
    assert densities(public.release(UTC_NS, 60 * S)) == [0.1, 0.1]
    assert public.release(UTC_NS, 69 * S) is None


def test_levels_are_coded_at_the_top_from_noisy_counts_alone() -> None:
    patch = public_patches(shapely.box(EAST, NORTH, EAST + 20, NORTH + 20))
    look = [Look(found=0, seen_m2=400.0)]
    told = {noisy: released(look, patch, lambda _, noisy=noisy: [noisy])[0] for noisy in (-50, 0, 1399, 1400, 2000)}  # type: ignore[misc]
    assert [(cell.level, cell.density_per_m2, cell.at_least) for cell in told.values()] == [
        ("free", 0.0, False),
        ("free", 0.0, False),
        ("watch", 1399 / 400, False),
        ("alert", TOP_PER_M2, True),
        ("alert", TOP_PER_M2, True),
    ]


def test_the_noise_is_asked_once_a_release_for_the_counts_and_nothing_else() -> None:
    asked: list[Sequence[int]] = []

    def heard(counts: Sequence[int]) -> Sequence[int]:
        asked.append(list(counts))
        return counts

    public = level(noise=heard)
    public.take(frame([40, 41]))
    public.release(UTC_NS, 60 * S)
    public.release(UTC_NS, 61 * S)
    public.release(UTC_NS, 70 * S)
    assert asked == [[40, 41], []]


@pytest.mark.parametrize(
    "changes",
    [
        {"epsg": 32631},
        {"found": -1},
        {"found": 1.5},
        {"found": True, "observed_share": 2.0},
        {"observed_share": math.nan},
    ],
)
def test_broken_counts_are_refused(changes: dict[str, Any]) -> None:
    whole = {name: changes[name] for name in changes if name == "epsg"}
    cell = replace(frame([1]).cells[0], **{name: changes[name] for name in changes if name != "epsg"})
    with pytest.raises(CountingError):
        level().take(frame([], cells=(cell,), **whole))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from([0.0, 0.5, 0.95, 1.0])), min_size=3, max_size=3))
def test_one_detection_more_changes_one_count_by_one(seen: list[tuple[int, float]]) -> None:
    """The sensitivity that the noise is made for; the third cell lies outside of the mission."""
    asked: list[list[int]] = []

    def heard(counts: Sequence[int]) -> Sequence[int]:
        asked.append(list(counts))
        return counts

    parts = [replace(cell, observed_share=share) for number, (_, share) in enumerate(seen)
             for cell in frame([people for people, _ in seen]).cells[16 * number : 16 * number + 16]]  # fmt: skip
    states = []
    for cells in (parts, *([*parts[:at], replace(parts[at], found=parts[at].found + 1), *parts[at + 1 :]]
                           for at in range(48))):  # fmt: skip
        public = level(noise=heard)
        public.take(frame([], cells=tuple(cells)))
        told = public.release(UTC_NS, 60 * S)
        assert told is not None
        states.append([(cell.state, cell.observed_share) for cell in told.cells])
    assert all(state == states[0] for state in states), "what is observed never depends on people"
    assert all(sum(abs(a - b) for a, b in zip(asked[0], more, strict=True)) <= 1 for more in asked[1:])


def test_a_vast_area_has_no_public_map() -> None:
    public = level(mission_area=shapely.box(0, 0, 5000, 5000))
    public.take(frame([5]))
    assert densities(public.release(UTC_NS, 60 * S)) == []


def document(public: PublicLevel) -> dict[str, Any]:
    told = public.release(UTC_NS, 60 * S)
    assert told is not None
    return public_document(told, public.patches, geometries(public.patches, 2154))


def test_the_document_tells_levels_and_what_they_cost() -> None:
    public = level()
    public.take(frame([444]))
    collection = document(public)
    assert collection["utc"] == "2026-09-21T14:13:20.000Z"
    assert (collection["type"], collection["state"], collection["every_s"]) == ("FeatureCollection", "live", 10)
    assert collection["budget"] == {
        "epsilon": 1.0, "window_s": float(WINDOW_S), "epsilon_per_release": 0.166667, "spent": 0.166667,
        "left": 0.833333,
    }  # fmt: skip
    assert collection["explains"].endswith(".")
    west, east = (feature["properties"] for feature in collection["features"])
    assert west == {
        "cells": [WEST_CELL.name], "area_m2": 400.0, "state": "observed", "level": "dense", "density_per_m2": 1.11,
        "at_least": False, "observed_share": 1.0,
    }  # fmt: skip
    assert (east["state"], east["level"], east["density_per_m2"]) == ("unobserved", None, None)
    (ring,) = collection["features"][0]["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert all(2 < lon < 3 and 48 < lat < 49 for lon, lat in ring)
    assert "444" not in json.dumps(collection["features"])


def test_a_grey_map_has_no_figures_and_the_same_cells() -> None:
    public = level()
    public.take(frame([444, 9]))
    live = document(public)
    grey = greyed(live)
    assert (grey["state"], grey["utc"], grey["budget"]) == ("grey", live["utc"], live["budget"])
    assert live["state"] == "live"
    for before, after in zip(live["features"], grey["features"], strict=True):
        assert after["geometry"] == before["geometry"]
        told = after["properties"]
        assert (told["state"], told["level"], told["density_per_m2"], told["at_least"]) == ("grey", None, None, False)


def test_a_patch_says_where_it_lies() -> None:
    patch = Patch(cells=(WEST_CELL,), ground_m2=1.0, outline=AREA)
    assert geometries([patch], 2154)[0]["type"] == "Polygon"
