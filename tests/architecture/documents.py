"""Every document that the web serves, made by the station's own code from values that reach each of its branches."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from flightlink.links.statuses import LinkStatus as LinkOfStation
from flightlink.logbook.logbook import LogbookStatus
from flightlink.mission import Mission
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics, PoseRefusal
from flightlink.replay_time import ReplayTime
from flightlink.vehicle.equipment.addresses import VideoAddress, VideoRefusal
from flightlink.vehicle.state import ComponentState, LinkState, VehicleState, WayState
from groundstation.flight import epsg_of
from groundstation.health import CameraStatus, LinkStatus, health_document
from groundstation.instants import NS_PER_S
from groundstation.live_camera import video_part
from groundstation.mapping import MissionMap, PublicMission
from groundstation.officers import officers
from groundstation.outbox import Outbox, Topic
from groundstation.preflight.points import Point, check_document
from groundstation.supervision import Change, WorkerState
from groundstation.vehicles import CameraView, MissionGround, footprint, vehicles_document
from groundstation.web.metrics import prometheus_text
from maps.budget import EPSILON_PER_RELEASE
from maps.cells import CellCount, CellCounts, CellFlow, CellId
from maps.noise import geometric_noise
from tests.architecture.alignment_documents import alignment_documents
from tests.architecture.history_documents import history_documents
from tests.architecture.incident_documents import incident_documents
from tests.architecture.map_documents import map_documents
from tests.architecture.officers_documents import officers_documents
from tests.architecture.public_documents import public_documents
from tests.architecture.session_documents import session_documents
from vision.wire import Opened, WorkerHealth

UTC_NS = 1_700_000_000 * NS_PER_S
MISSION = Mission(
    area=((2.351, 48.8565), (2.353, 48.8565), (2.353, 48.8575), (2.351, 48.8575)), starts_utc_ns=UTC_NS - NS_PER_S,
    ends_utc_ns=UTC_NS + 3600 * NS_PER_S, min_agl_m=10.0, max_agl_m=120.0, purpose="market day",
)  # fmt: skip
POSE = CameraPose(
    utc_ns=UTC_NS, lat_deg=48.857, lon_deg=2.352, alt_m=60.0, ground_alt_m=0.0, yaw_deg=0.0, pitch_deg=-90.0,
    roll_deg=0.0, sigma=CONSUMER_GIMBAL,
    intrinsics=Intrinsics(width_px=640, height_px=480, fx_px=500.0, fy_px=500.0, cx_px=319.5, cy_px=239.5),
)  # fmt: skip
NOTHING_KNOWN = VehicleState(
    system_id=1, utc_ns=UTC_NS, link=LinkState.STALE, link_age_s=4.0, lat_deg=None, lon_deg=None, alt_home_m=None,
    yaw_deg=None, battery_percent=None, mode=None, armed=None, loss_share=None, messages_per_s=0.0, uid2=None,
    round_trip_ms=None, gps_minus_station_s=None, alarms=(),
)  # fmt: skip
PART = ComponentState(component_id=1, kind="autopilot", link=LinkState.OK, age_s=0.1)
ALL_KNOWN = replace(
    NOTHING_KNOWN, system_id=2, lat_deg=48.857, lon_deg=2.352, alt_home_m=60.0, yaw_deg=1.0, battery_percent=50,
    mode="AUTO", loss_share=0.01, alarms=("second_peer_refused",), components=(PART,),
)  # fmt: skip
OPENED = Opened(width_px=64, height_px=48, fps=10.0, codec="avc1.42C00A", sealed=True, seal={"seccomp": "holds"})
HEALTH = WorkerHealth(
    utc_ns=UTC_NS, frames_in=3, frames_out=2, frames_withheld=1, withheld_because={"no_pose": 1}, gate="open",
    fps=10.0, latency_ms=40.0, masked_share=0.125, cap_px_per_m=20.0, count_rate_hz=2.5, camera_px_per_m=31.0,
    uncapped_from_agl_m=74.0, pose_from="klv",
    video_pose_refused={"wrong_time": 2}, time_from="klv", time_error_ms=5.0, time_offset_s=-0.12,
    time_offset_sigma_s=0.004, guest_detectors={"festival": "guest_detector_late"},
)  # fmt: skip


WAY = WayState(
    system_id=1, link="udpin:127.0.0.1:14550", peer="127.0.0.1:9", state=LinkState.OK, age_s=0.1, loss_share=0.0,
    round_trip_ms=6.0, round_trip_age_s=0.4, is_used=True, missing=("MOUNT_STATUS",), refused=("MOUNT_STATUS",),
)  # fmt: skip


def health() -> Iterator[dict[str, Any]]:
    """Yield health with a camera that runs beside one that starts, before and after the map froze."""
    running = CameraStatus(name="north", system_id=2, utc_ns=UTC_NS)
    starting = CameraStatus(name="south", system_id=None, utc_ns=UTC_NS)
    running.change(Change(state=WorkerState.RUNNING, why=""), UTC_NS)
    running.take(OPENED, UTC_NS)
    running.take(HEALTH, UTC_NS)
    cameras = [
        running.document(link=LinkStatus(state="connected", age_s=0.1, loss=0.0), pose_refusal="stale_pose"),
        running.document(link=LinkStatus(state="never", age_s=None, loss=None), pose_refusal=None),
        starting.document(link=None, pose_refusal=None),
    ]
    told = VideoAddress(url="rtsp://a", shown="rtsp://a"), VideoRefusal(cause="no_video_stream", detail="none")
    videos = [*(video_part(one) for one in told), None]
    cameras = [{**camera, "video": video} for camera, video in zip(cameras, videos, strict=True)]
    link = LinkOfStation(
        address="udpin:127.0.0.1:14550", port=14550, peers=1, frames=2, junk_bytes=0, error="",
        refused={"replayed": 1}, vehicles=(WAY,),
    )  # fmt: skip
    book = LogbookStatus(
        file="groundstation_1.tlog", files=1, total_bytes=9, frames=3, frames_lost=1, error="disk full"
    )
    replay = ReplayTime(starts_utc_ns=UTC_NS, starts_steady_ns=0, speed=2.0)
    for frozen_ns, record, played in ((None, None, None), (UTC_NS, asdict(book), replay)):
        yield health_document(
            station="Test", mission=MISSION, cameras=cameras, links=[asdict(link)], utc_ns=UTC_NS,
            map_frozen_since_ns=frozen_ns, record=record, replay=played,
        )  # fmt: skip


def vehicles() -> Iterator[dict[str, Any]]:
    """Yield vehicles of which all, and of which nothing, is known."""
    refusal = PoseRefusal(cause="stale_pose", detail="0.4 s old")
    views = [
        CameraView(name="north", system_id=2, pose=POSE),
        CameraView(name="east", system_id=1, pose=refusal),
        CameraView(name="south", system_id=None, pose=POSE),
    ]
    ground = MissionGround(MISSION, epsg=epsg_of(MISSION))
    footprints = [footprint(one, ground) for one in views]
    yield vehicles_document(
        mission=MISSION, vehicles=[ALL_KNOWN, NOTHING_KNOWN], views=views, footprints=footprints, utc_ns=UTC_NS,
    )  # fmt: skip


def counts() -> CellCounts:
    """Return a crowd, a lower bound, a few people, and nobody, each in a square of 20 m of its own."""
    epsg, (east, north) = epsg_of(MISSION), (130_488, 1_372_416)
    empty = CellCount(cell=CellId(5, east, north), people=0.0, variance=0.1, observed_share=1.0, ce90_m=1.0)
    crowd = replace(empty, people=90.0, found=90)
    cells = (
        replace(crowd, cell=CellId(5, east + 4, north)),
        replace(crowd, cell=CellId(5, east - 4, north), saturated=True),
        replace(empty, cell=CellId(5, east + 8, north), people=2.0, found=2),
        empty,
    )
    return CellCounts(source="north", utc_ns=UTC_NS, epsg=epsg, cells=cells)


def covered() -> CellCounts:
    """Return a crowd on every leaf of a square of 60 m."""
    leaf = CellCount(cell=CellId(5, 0, 0), people=20.0, variance=1.0, observed_share=1.0, ce90_m=1.0, found=20)
    names = [CellId(5, 130_488 + east, 1_372_416 + north) for east in range(12) for north in range(12)]
    return replace(counts(), cells=tuple(replace(leaf, cell=name) for name in names))


def maps_and_alerts() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the operator map and the alerts of some seconds: fresh, stale, gone, and frozen."""
    mission_map = MissionMap(MISSION, epsg=epsg_of(MISSION))
    for second in range(8):
        mission_map.take(replace(counts(), utc_ns=UTC_NS + second * NS_PER_S))
        yield _at(mission_map, UTC_NS + second * NS_PER_S)
    for second in (25, 60, 4000):
        yield _at(mission_map, UTC_NS + second * NS_PER_S)
    yield from turning()


def turning() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the operator map and the alerts of a crowd that turns about."""
    mission_map = MissionMap(MISSION, epsg=epsg_of(MISSION))
    cell = CellId(10, 130_488 // 2 + 1, 1_372_416 // 2 + 1)
    for second in range(20):
        flow = CellFlow(cell=cell, people=40, east_m_s=1.0 if second < 12 else -1.0, north_m_s=0.0, variance=0.01)
        utc_ns = UTC_NS + second * NS_PER_S
        cells = tuple(replace(leaf, people=40.0) for leaf in covered().cells)
        mission_map.take(replace(covered(), utc_ns=utc_ns, cells=cells, flows=(flow,)))
        yield _at(mission_map, utc_ns)


def _at(mission_map: MissionMap, utc_ns: int) -> tuple[dict[str, Any], dict[str, Any]]:
    return mission_map.document_at(utc_ns), mission_map.alerts_at(utc_ns)


def public() -> Iterator[dict[str, Any] | None]:
    """Yield the public map of some minutes: none yet, fresh, and grey after the mission's end."""
    noise = geometric_noise(EPSILON_PER_RELEASE)
    mission_map = PublicMission(MISSION, epsg=epsg_of(MISSION), noise=noise, starts_ns=0)
    for second in (*range(150), 3700):
        mission_map.take(replace(covered(), utc_ns=UTC_NS + second * NS_PER_S))
        yield mission_map.document_at(UTC_NS + second * NS_PER_S, second * NS_PER_S)


def documents() -> dict[str, list[Any]]:
    """Return all documents by name, as a reader of the JSON sees them."""
    served: dict[str, list[Any]] = {"health": list(health()), "vehicles": list(vehicles())}
    served["density"], alerts = (list(part) for part in zip(*maps_and_alerts(), strict=True))
    asked = officers_documents(MISSION, covered())
    served |= {**asked, "alerts": [*_unacknowledged(alerts), *asked["alerts"]]}
    served["public"] = [document for document in public() if document is not None]
    points = [Point(point="disk", about="station", word="disk_fine", values=("5.0", "logs"))]
    served |= public_documents(MISSION, ALL_KNOWN)
    served["check"] = [check_document(points, utc_ns=UTC_NS)]
    served["point"] = [{"system_id": 1, "result": "accepted"}]
    served["point_refusal"] = [{"error": "outside", "cause": "outside_mission_area"}]
    served |= alignment_documents()
    served |= map_documents(served["density"])
    served |= session_documents()
    served |= asyncio.run(incident_documents(MISSION, served))
    served["error"] = [{"error": "no density yet"}]
    served["history"] = [
        {"type": "DensityHistory", "step_s": 10.0, "maps": [served["density"][0], served["density"][-1]]}
    ]
    served |= history_documents(served["density"])
    served["metrics"] = [metrics(served["health"][0], served["density"][0])]
    plain: dict[str, list[Any]] = json.loads(json.dumps(served))
    return plain


def _unacknowledged(alerts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield alerts as a desk publishes them to which nobody has said anything."""
    with tempfile.TemporaryDirectory() as folder:
        published: list[dict[str, Any]] = []
        desk = officers(Path(folder), MISSION, clock=lambda: 0, publish=published.append, is_replay=False).alerts
        for document in alerts:
            desk.take(document, UTC_NS)
        yield from published


def metrics(health_of_now: dict[str, Any], density: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return the figures for Prometheus as name -> labels -> value."""
    figures: dict[str, dict[str, float]] = {}
    for line in prometheus_text(health=health_of_now, density=density).splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            metric, _, labels = name.partition("{")
            figures.setdefault(metric, {})[labels.split("=")[0]] = float(value)
    return figures


def live_texts(served: dict[str, list[Any]]) -> list[str]:
    """Return what the sockets send of each topic, as the outbox makes it."""
    outbox = Outbox(("north",))
    texts = []
    with outbox.live_reader() as reader:
        for topic in Topic:
            outbox.put(topic, served[topic.value][0])
            texts += list(reader._unread.values())
    return texts
