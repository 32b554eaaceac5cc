"""The incident log's documents, made by the station's own code from documents that reach each kind of entry."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from flightlink.mission import Mission
from groundstation.instants import NS_PER_S
from groundstation.officers import officers
from groundstation.outbox import Outbox, Topic

SECONDS = 40


async def incident_documents(mission: Mission, served: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return by name what the log is served as, given all that the station serves beside it."""
    now_ns, outbox = [1_784_052_000 * NS_PER_S], Outbox(())
    closed = [{**camera, "gate": "no_pose"} for camera in served["health"][0]["cameras"]]
    zones = next(document for document in served["zones"] if len(document["features"]) > 1)
    alerts = served["alerts"][-1]
    with tempfile.TemporaryDirectory() as folder:
        desks = officers(
            Path(folder), mission, clock=lambda: now_ns[0], publish=lambda _: None, is_replay=False, outbox=outbox
        )
        for topic in (Topic.HEALTH, Topic.VEHICLES, Topic.DENSITY, Topic.ALERTS):
            outbox.put(topic, served[topic.value][0])
        outbox.put(Topic.ZONES, {**zones, "features": []})
        for second in range(SECONDS):
            if second == 1:
                outbox.put(Topic.ALERTS, alerts)
                outbox.put(Topic.ZONES, _nearly_full(zones))
                outbox.put(Topic.HEALTH, {**served["health"][0], "cameras": closed})
            if second == SECONDS // 2:
                outbox.put(Topic.ALERTS, {**alerts, "alerts": []})
            now_ns[0] += NS_PER_S
            await desks.log.look()
        for number in range(100):
            many = [{**alerts["alerts"][0], "id": f"over_density.{number}"}]
            outbox.put(Topic.ALERTS, {**alerts, "alerts": many})
            now_ns[0] += NS_PER_S
            await desks.log.look()
        outbox.put(Topic.ALERTS, alerts)
        now_ns[0] += 1000 * NS_PER_S
        await desks.log.look()
        desks.log.note_acknowledged(alerts["alerts"][0]["id"], by="shift 2", reason="known", utc_ns=now_ns[0])
        await desks.log.look()
        about = {"lon_lat": [2.352, 48.857], "zone": zones["features"][0]["properties"]["id"]}
        added = [
            await desks.log.add({"text": "gate 2 shut", "author": "PC 2", "kind": "action", **about}),
            await desks.log.add({"text": "seen", "author": "PC 2", "kind": "note", "alert": alerts["alerts"][0]["id"]}),
        ]
        number = added[0]["number"]
        added.append(
            await desks.log.add({"text": "gate 3", "author": "PC 2", "kind": "correction", "refers_to": number})
        )
        before = desks.log.page(None)
        summaries = [desks.log.summary()]
        offered = await desks.log.hand_over({"author": "PC 2", "text": "gate 3 stays shut"})
        logs = [before, desks.log.page(None)]
        added += [offered, await desks.log.hand_over({"author": "PC 3", "offer": offered["number"]})]
        summaries.append(desks.log.summary())
    return {"log": [*logs, desks.log.page(None)], "log_entry": added, "handover": summaries}


def _nearly_full(zones: dict[str, Any]) -> dict[str, Any]:
    """Return the zones as full as they are handed over."""
    parts = [{**one, "properties": {**one["properties"], "level": "nearly_full"}} for one in zones["features"]]
    return {**zones, "features": parts}
