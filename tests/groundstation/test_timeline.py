"""The kept time at a glance, and when a place was seen: out of published maps, and nothing of outside the area."""

from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from groundstation.history.record import RISING, told_of
from groundstation.history.seen import Square, cell_from_name, overlapping, seen_document
from groundstation.history.timeline import MOST_STEPS, timeline
from groundstation.incidents.entry import Entry, Facts
from groundstation.incidents.told import alerts_in
from groundstation.outbox import Outbox, Topic
from maps.levels import Level
from tests.groundstation.entrances import application
from tests.groundstation.test_history_store import at, document


def cell(name: str, share: float = 1.0, *, age_s: float = 0.4, sources: tuple[str, ...] = ("north",)) -> dict[str, Any]:
    state = "observed" if share else "unobserved"
    seen = {"observed_share": share, "age_s": age_s if share else None, "sources": list(sources) if share else []}
    return {"properties": {"cell": name, "state": state, "level": "free" if share else None, **seen}}


def made(seconds: float, *cells: dict[str, Any], **more: Any) -> dict[str, Any]:
    return document(at(seconds), **{"features": list(cells), **more})


def at_a_glance(*maps: tuple[float, dict[str, Any]], now_s: float, interval_s: float = 10.0) -> dict[str, Any]:
    told = [told_of(at(seconds), one) for seconds, one in maps]
    return timeline(told, utc_ns=at(now_s), interval_s=interval_s, kept_s=86_400)


def test_a_step_has_the_most_people_and_the_worst_level() -> None:
    levels = ["free", "critical", "dense"]
    maps = [(second * 0.01, document(at(second), people=100.0 - second, level=levels[second])) for second in range(3)]
    (step,) = at_a_glance(*maps, now_s=1)["steps"]
    assert (step["people"], step["people_sigma"], step["observed_share"], step["level"]) == (
        100.0,
        2.0,
        0.5,
        "critical",
    )


def test_a_silence_is_a_gap_and_so_is_one_up_to_now() -> None:
    maps = [(float(second), document(at(second))) for second in (0, 10, 20, 300, 310)]
    document_of = at_a_glance(*maps, now_s=400)
    gaps = [(gap["from_utc"][11:19], gap["to_utc"][11:19]) for gap in document_of["gaps"]]
    assert gaps == [("18:00:20", "18:05:00"), ("18:05:10", "18:06:40")]
    assert at_a_glance(*maps[:3], now_s=30)["gaps"] == []


def test_nothing_kept_is_told_as_such() -> None:
    empty = at_a_glance(now_s=0)
    assert (empty["from_utc"], empty["to_utc"], empty["steps"], empty["gaps"]) == (None, None, [], [])


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=900))
def test_there_are_never_too_many_steps_and_no_map_is_lost(distances_s: list[int]) -> None:
    seconds, maps = 0, []
    for number, distance_s in enumerate(distances_s):
        seconds += distance_s
        maps.append((float(seconds), document(at(seconds), people=float(number))))
    steps = at_a_glance(*maps, now_s=seconds)["steps"]
    assert len(steps) <= MOST_STEPS
    assert max(step["people"] for step in steps) == len(distances_s) - 1


def test_a_place_is_seen_through_cells_of_any_size() -> None:
    maps = [
        made(0, cell("20/1/1", 0.0)),
        made(10, cell("5/4/4", 0.8, sources=("north",)), cell("5/5/4", 0.4), cell("5/9/9")),
        made(20, cell("10/2/2", 0.5, age_s=3.0, sources=("quay",))),
        made(30, cell("20/1/1", 0.9), epsg=32631),
    ]
    seen = seen_document(Square(10, 2, 2), 2154, maps)
    assert [look["observed_share"] for look in seen["looks"]] == [0.0, 0.3, 0.5]
    assert seen["last_seen_utc"] == "2026-07-14T18:00:17.000Z"
    assert [(one["name"], one["last_utc"][11:19]) for one in seen["sources"]] == [
        ("quay", "18:00:20"),
        ("north", "18:00:10"),
    ]


@given(st.sampled_from([5, 10, 20]), st.integers(-1000, 10**6), st.integers(-1000, 10**6))
def test_the_ground_of_a_cell_is_held_once_by_each_size(size_m: int, east: int, north: int) -> None:
    held = overlapping(Square(size_m, east, north))
    assert held[Square(size_m, east, north).name] == 1.0
    for side_m in (5, 10, 20):
        assert sum(share for name, share in held.items() if name.startswith(f"{side_m}/")) == pytest.approx(1.0)


@given(st.text(max_size=40))
def test_what_is_no_name_of_a_cell_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no cell; write for instance"):
        cell_from_name(f"7/{name}")


def entry(number: int, kind: str, alert: str | None = None, level: str | None = None) -> Entry:
    facts = Facts(alert_kind="over_density", level=level)
    return Entry.model_validate(
        {
            "number": number,
            "exercise": False,
            "utc": f"t{number}",
            "kind": kind,
            "text": "x",
            "alert": alert,
            "facts": facts,
        }
    )


def test_alerts_of_the_log_have_their_highest_level_and_their_end() -> None:
    entries = [
        entry(1, "alert_raised", "a", "alert"), entry(2, "alert_risen", "a", "critical"),
        entry(3, "alert_ended", "a", "alert"), entry(4, "alert_raised", "b", "alert"), entry(5, "station_started"),
        entry(6, "alert_raised", "c", "alert"), entry(7, "alert_ended", "never seen", "alert"),
    ]  # fmt: skip
    told = [(one["id"], one["level"], one["since_utc"], one["ended_utc"]) for one in alerts_in(entries)]
    assert told == [("a", "critical", "t1", "t3"), ("b", "alert", "t4", "t5"), ("c", "alert", "t6", None)]


class Told:
    """A log that tells of one alert, and of one that ended before anything was kept."""

    def alerts_told(self) -> list[dict[str, Any]]:
        old = {"id": "old", "since_utc": "2026-07-14T10:00:00.000Z", "ended_utc": "2026-07-14T10:01:00.000Z"}
        return [old, {"id": "new", "since_utc": "2026-07-14T18:00:10.000Z", "ended_utc": None}]


def served(outbox: Outbox, *, now_s: float = 60, **more: Any) -> TestClient[Any, Any]:
    return TestClient(TestServer(application(outbox, clock=lambda: at(now_s), **more), host="127.0.0.1"))


def outbox_with(*, is_exercise: bool = False) -> Outbox:
    outbox = Outbox(("north",), is_exercise=is_exercise)
    for second in (0, 10, 20, 30):
        one = made(second, cell("5/4/4"), people=float(second))
        outbox.put(Topic.DENSITY, one)
        outbox.history.put(at(second), one)
    return outbox


async def test_the_timeline_is_served_with_the_alerts_of_the_kept_time() -> None:
    async with served(outbox_with(), incidents=Told()) as client, client.get("/api/v1/timeline") as answer:
        told = await answer.json()
    assert [step["people"] for step in told["steps"]] == [0.0, 10.0, 20.0, 30.0]
    assert [alert["id"] for alert in told["alerts"]] == ["new"]
    assert "exercise" not in told


INSTANTS = [("18:00:14", [10.0]), ("18:00:10", [10.0]), ("18:00:45", [30.0]), ("18:02:00", []), ("17:59:59", [])]


async def test_a_map_of_an_instant_is_the_newest_before_it_or_none() -> None:
    async with served(outbox_with()) as client:
        for text, expected in (
            ("18:00:14", [10.0]),
            ("18:00:10", [10.0]),
            ("18:00:45", [30.0]),
            ("18:02:00", []),
            ("17:59:59", []),
        ):
            async with client.get(f"/api/v1/density/history?at=2026-07-14T{text}Z") as answer:
                assert [one["people"] for one in (await answer.json())["maps"]] == expected
        async with client.get("/api/v1/density/history?at=yesterday") as answer:
            assert answer.status == 400


async def test_a_place_is_told_only_in_the_area() -> None:
    async with served(outbox_with()) as client:
        async with client.get("/api/v1/density/seen?cell=5/4/4") as answer:
            assert [look["observed_share"] for look in (await answer.json())["looks"]] == [1.0] * 4
        for name, status in (("5/400/4", 404), ("7/4/4", 400), ("", 400), ("5/4", 400)):
            async with client.get("/api/v1/density/seen", params={"cell": name}) as answer:
                assert answer.status == status
                assert "\n" not in (await answer.json())["error"]
    async with served(Outbox(("north",))) as client, client.get("/api/v1/density/seen?cell=5/4/4") as answer:
        assert answer.status == 503


@pytest.mark.parametrize("address", ["timeline", "density/history", "density/seen?cell=5/4/4"])
async def test_in_an_exercise_each_says_so(address: str) -> None:
    async with served(outbox_with(is_exercise=True)) as client, client.get(f"/api/v1/{address}") as answer:
        assert (await answer.json())["exercise"] is True


def test_levels_are_those_of_the_map() -> None:
    assert tuple(level.value for level in Level) == RISING
