"""An acknowledgement holds for a level: an alert that climbs comes back, with what was said to it before."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from groundstation.alerts.store import AcknowledgementFile
from groundstation.audit import done_and_told
from groundstation.errors import DoneAlreadyError, NotKeptError
from maps.levels import Level
from tests.groundstation.zones_here import BODY, START_NS, Here

ALERT, CRITICAL = 120, 160
"""People in a leaf of 25 m2 that are enough for the level."""


def only(alerts: list[dict[str, Any]]) -> dict[str, Any]:
    (alert,) = alerts
    return alert


async def test_an_alert_that_climbs_comes_back(at_the_station: Here) -> None:
    desk, first = at_the_station.officers.alerts, only(at_the_station.pass_s(8, 100))
    early = (await desk.acknowledge(first["id"], {"reason": "stewards sent"}))["acknowledged"]
    same = only(at_the_station.pass_s(1, 100))
    assert (same["level"], same["acknowledged"], same["acknowledged_before"]) == ("alert", early, [])
    climbed = only(at_the_station.pass_s(8, CRITICAL))
    assert (climbed["id"], climbed["level"]) == (first["id"], "critical")
    assert (climbed["acknowledged"], climbed["acknowledged_before"]) == (None, [early])
    late = (await desk.acknowledge(first["id"], {"reason": "gate closed"}))["acknowledged"]
    assert (early["level"], late["level"]) == ("alert", "critical")
    shown = only(at_the_station.published[-1]["alerts"])
    assert (shown["acknowledged"], shown["acknowledged_before"]) == (late, [early])
    with pytest.raises(DoneAlreadyError, match="already: gate closed"):
        await desk.acknowledge(first["id"], {"reason": "again"})
    assert only(at_the_station.pass_s(8, 100))["acknowledged"] == late, "what falls was told at its worst"
    assert at_the_station.published[0]["last_acknowledged"] is None
    assert at_the_station.published[-1]["last_acknowledged"] == {"id": first["id"], **late}


async def test_one_that_climbed_while_nobody_looked_stays_open_when_it_falls(at_the_station: Here) -> None:
    desk, first = at_the_station.officers.alerts, only(at_the_station.pass_s(8, 100))
    await desk.acknowledge(first["id"], {"reason": "stewards sent"})
    at_the_station.pass_s(8, CRITICAL)
    fallen = only(at_the_station.pass_s(8, 100))
    assert (fallen["id"], fallen["level"], fallen["acknowledged"]) == (first["id"], "alert", None)
    assert (await desk.acknowledge(first["id"], {"reason": "seen"}))["acknowledged"]["level"] == "critical"


async def test_both_outlive_a_restart(at_the_station: Here) -> None:
    desk, first = at_the_station.officers.alerts, only(at_the_station.pass_s(8, 100))
    await desk.acknowledge(first["id"], {"reason": "one"})
    at_the_station.pass_s(8, CRITICAL)
    await desk.acknowledge(first["id"], {"reason": "two"})
    again = AcknowledgementFile(at_the_station.folder / "acknowledgements.json").load()
    assert [(one.level, one.reason) for one in again[first["id"]]] == [("alert", "one"), ("critical", "two")]


def test_a_file_of_before_holds_for_the_lowest_level(at_the_station: Here) -> None:
    at_the_station.folder.mkdir()
    path = at_the_station.folder / "acknowledgements.json"
    path.write_text('{"a": {"utc": "then", "by": null, "reason": "x"}}')
    (said,) = AcknowledgementFile(path).load()["a"]
    assert asdict(said) == {"level": Level.ALERT, "utc": "then", "by": None, "reason": "x"}


def steps(here: Here) -> list[tuple[str, str]]:
    return [(line["what"], line["step"]) for line in here.audit()]


async def test_the_audit_says_so_where_a_deed_could_not_be_kept(at_the_station: Here) -> None:
    first = only(at_the_station.pass_s(8, 100))
    for name in ("zones.json", "acknowledgements.json"):
        (at_the_station.folder / name).mkdir(parents=True)
    with pytest.raises(NotKeptError, match=r"zones\.json"):
        await at_the_station.officers.zones.add(BODY)
    with pytest.raises(NotKeptError, match=r"acknowledgements\.json"):
        await at_the_station.officers.alerts.acknowledge(first["id"], {"reason": "x"})
    assert steps(at_the_station) == [
        ("zone_added", "begun"), ("zone_added", "failed"),
        ("alert_acknowledged", "begun"), ("alert_acknowledged", "failed"),
    ]  # fmt: skip


class Full:
    """An audit whose disk is full after so many lines."""

    def __init__(self, lines: int) -> None:
        self.left, self.steps = lines, list[object]()

    def record(self, what: str, *, utc_ns: int, **values: str | float | None) -> None:
        if not self.left:
            raise NotKeptError(f"{what} at {utc_ns}: no room")
        self.left -= 1
        self.steps.append(values["step"])


def refused() -> None:
    raise NotKeptError("cannot be kept")


def test_nothing_is_done_that_cannot_be_written_down() -> None:
    done: list[str] = []
    with pytest.raises(NotKeptError, match="no room"):
        done_and_told(Full(0), "deed", utc_ns=START_NS, deed={}, do=lambda: done.append("x"))
    assert done == []


def test_what_was_cut_off_stays_begun(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    audit, other = Full(1), Full(1)
    done_and_told(audit, "deed", utc_ns=START_NS, deed={}, do=lambda: done.append("x"))
    with pytest.raises(NotKeptError, match="cannot be kept"):
        done_and_told(other, "deed", utc_ns=START_NS, deed={}, do=refused)
    assert (done, audit.steps, other.steps) == (["x"], ["begun"], ["begun"])
    assert [record.getMessage().split()[:3] for record in caplog.records] == [
        ["audit_incomplete", "deed=deed", f"step={step}"] for step in ("done", "failed")
    ]
