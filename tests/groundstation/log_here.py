"""A station's incident log over a folder, with the documents that it reads, for the tests of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web

from flightlink.mission import Mission
from groundstation.instants import NS_PER_S
from groundstation.officers import Officers, officers
from groundstation.outbox import Outbox, Topic
from tests.groundstation.entrances import application
from tests.groundstation.zones_here import START_NS, Here

SAID = {"text": "Barrier moved, crowd let out", "author": "PC 2", "kind": "action"}


class Log(Here):
    """A station's log, with the documents that it reads."""

    def __init__(self, mission: Mission, folder: Path, *, is_replay: bool = False) -> None:
        self.outbox = Outbox(())
        super().__init__(mission, folder, is_replay=is_replay)

    def again(self, *, is_replay: bool = False) -> Officers:
        return officers(
            self.folder, self.mission, clock=self.clock, publish=self._take,
            is_replay=is_replay, outbox=self.outbox,
        )  # fmt: skip

    def _take(self, document: dict[str, Any]) -> None:
        self.published.append(document)
        self.outbox.put(Topic.ALERTS, document)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "incidents.jsonl").read_text().splitlines()]


def lasting(mission: Mission) -> Mission:
    return replace(mission, starts_utc_ns=START_NS - NS_PER_S, ends_utc_ns=START_NS + 3600 * NS_PER_S)


def app(log: Log) -> web.Application:
    desks = log.officers
    return application(log.outbox, clock=log.clock, zones=desks.zones, alerts=desks.alerts, incidents=desks.log)
