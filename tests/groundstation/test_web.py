import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer

from groundstation.errors import BadInputError
from groundstation.outbox import Outbox, Topic
from groundstation.web.application import served
from groundstation.web.guards import is_loopback_host
from tests.groundstation.entrances import application
from vision.frames import FrameMaker, Media, RedactedFrame

Client = TestClient[web.Request, web.Application]
NOW_NS = 1_784_052_000_000_000_000
MAP = {
    "type": "FeatureCollection",
    "utc": "2026-07-14T18:00:00.000Z",
    "people": 12.0,
    "observed_share": 0.5,
    "features": [],
}
CAMERA = {
    "name": "north", "gate": "open", "fps": 10.0, "latency_ms": 40.0, "frames_in": 3, "frames_out": 3,
    "frames_withheld": 0, "restarts": 0, "masked_share": 0.1, "cap_px_per_m": 20.0, "link": {"age_s": 0.2},
}  # fmt: skip
HEALTH = {"status": "ok", "cameras": [CAMERA]}


@pytest.fixture
def outbox() -> Outbox:
    return Outbox(("north",))


@pytest.fixture
async def client(outbox: Outbox) -> AsyncIterator[Client]:
    server = TestServer(application(outbox, clock=lambda: NOW_NS), host="127.0.0.1")
    async with TestClient(server) as client:
        yield client


def frame(sequence: int, media: Media, *, keyframe: bool = False) -> RedactedFrame:
    return RedactedFrame(
        source="north", sequence=sequence, utc_ns=NOW_NS, media=media, keyframe=keyframe, width_px=64,
        height_px=48, closed_because="", data=b"%s %d" % (media.value.encode(), sequence),
        made_by=FrameMaker.GATE,
    )  # fmt: skip


@pytest.mark.parametrize("topic", sorted(set(Topic) - {Topic.ZONES, Topic.LOG, Topic.LOOKOUTS}))
async def test_a_document_is_served_as_it_lies_on_the_shelf(client: Client, outbox: Outbox, topic: Topic) -> None:
    async with client.get(f"/api/v1/{topic}") as answer:
        assert answer.status == 503
        assert "error" in await answer.json()
    outbox.put(topic, MAP)
    async with client.get(f"/api/v1/{topic}") as answer:
        assert await answer.json() == MAP
        assert answer.headers["Cache-Control"] == "no-store"


async def test_the_public_map_is_one_document_whatever_is_asked(client: Client, outbox: Outbox) -> None:
    async with client.get("/public/api/v1/density") as answer:
        assert answer.status == 503
        assert "a minute after the start" in (await answer.json())["error"]
    outbox.public = {**MAP, "state": "live"}
    answers = []
    for query in ("", "?seed=1", "?cell=20/1/1&fresh=true", "?epsilon=100"):
        async with client.get(f"/public/api/v1/density{query}") as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            answers.append(await answer.read())
    assert len(set(answers)) == 1
    assert json.loads(answers[0]) == outbox.public


async def test_every_answer_carries_the_security_headers(client: Client) -> None:
    for path in ("/api/v1/health", "/nowhere", "/vendor/leaflet/leaflet.js", "/metrics"):
        async with client.get(path) as answer:
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("127.0.0.1:8080", True), ("localhost:1", True), ("[::1]:8080", True), ("LOCALHOST", True),
        ("evil.example", False), ("127.0.0.1.evil.example:8080", False), ("192.168.1.5", False), ("", False),
        ("[::1", False), ("user@evil.example", False),
    ],
)  # fmt: skip
def test_only_loopback_names_are_answered(host: str, inside: bool) -> None:
    assert is_loopback_host(host) is inside


async def test_a_rebound_name_is_refused(client: Client, outbox: Outbox) -> None:
    outbox.put(Topic.DENSITY, MAP)
    async with client.get("/api/v1/density", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 421
        assert list(await answer.json()) == ["error"]


@pytest.mark.parametrize("path", ["/api/v1/live", "/api/v1/video/north"])
async def test_a_foreign_page_gets_no_socket(client: Client, outbox: Outbox, path: str) -> None:
    outbox.put_frame(frame(0, Media.FMP4_INIT))
    with pytest.raises(WSServerHandshakeError, match="403"):
        await client.ws_connect(path, origin="http://evil.example")
    with pytest.raises(WSServerHandshakeError, match="403"):
        await client.ws_connect(path, origin=f"http://127.0.0.1:{(client.port or 0) + 1}")
    own = await client.ws_connect(path, origin=f"http://127.0.0.1:{client.port}")
    await own.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_only_get_is_served(client: Client, method: str) -> None:
    async with client.request(method, "/api/v1/density") as answer:
        assert answer.status == 405
        assert "use GET" in (await answer.json())["error"]


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/v1/video/elsewhere", "/static/%2e%2e/pyproject.toml", "/api/v2/health"]
)
async def test_an_unknown_path_is_one_line_of_json(client: Client, path: str) -> None:
    async with client.get(path) as answer:
        assert answer.status == 404
        assert "\n" not in await answer.text()
        assert list(await answer.json()) == ["error"]


async def test_leaflet_comes_from_the_package(client: Client) -> None:
    async with client.get("/vendor/leaflet/leaflet.js") as answer:
        assert answer.status == 200
        assert b"Leaflet" in await answer.read()


async def test_live_sends_what_is_there_and_what_changes(client: Client, outbox: Outbox) -> None:
    outbox.put(Topic.DENSITY, MAP)
    async with client.ws_connect("/api/v1/live") as live:
        assert await live.receive_json(timeout=5) == {**MAP, "type": "density"}
        outbox.put(Topic.HEALTH, HEALTH)
        assert await live.receive_json(timeout=5) == {**HEALTH, "type": "health"}


async def test_video_sends_init_then_fragments_and_closes_with_the_stream(client: Client, outbox: Outbox) -> None:
    outbox.put_frame(frame(0, Media.FMP4_INIT))
    outbox.put_frame(frame(1, Media.FMP4_FRAGMENT, keyframe=True))
    async with client.ws_connect("/api/v1/video/north") as video:
        assert await video.receive_bytes(timeout=5) == b"fmp4_init 0"
        assert await video.receive_bytes(timeout=5) == b"fmp4_fragment 1"
        outbox.put_frame(frame(2, Media.FMP4_FRAGMENT))
        assert await video.receive_bytes(timeout=5) == b"fmp4_fragment 2"
        outbox.videos["north"].clear()
        message = await video.receive(timeout=5)
        assert message.type is WSMsgType.CLOSE
        assert message.data == 1012
    async with client.get("/api/v1/video/north") as answer:
        assert answer.status == 503


async def test_a_viewer_that_leaves_is_forgotten(client: Client, outbox: Outbox) -> None:
    outbox.put_frame(frame(0, Media.FMP4_INIT))
    shelf = outbox.videos["north"]
    async with client.ws_connect("/api/v1/video/north") as video:
        await video.receive_bytes(timeout=5)
        assert len(shelf._readers) == 1
    async with asyncio.timeout(5):
        while shelf._readers:  # noqa: ASYNC110 - the product has no event for it
            await asyncio.sleep(0.01)


async def test_the_snapshot_is_a_recent_picture_or_nothing(client: Client, outbox: Outbox) -> None:
    async with client.get("/api/v1/video/north/snapshot.jpg") as answer:
        assert answer.status == 503
    outbox.put_frame(frame(1, Media.JPEG))
    async with client.get("/api/v1/video/north/snapshot.jpg") as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "no-store"


async def test_history_answers_with_published_maps(client: Client, outbox: Outbox) -> None:
    for second in range(0, 60, 10):
        outbox.history.put(NOW_NS - (60 - second) * 1_000_000_000, {"second": second})
    async with client.get("/api/v1/density/history?step_s=20") as answer:
        assert [entry["second"] for entry in (await answer.json())["maps"]] == [0, 20, 40]
    async with client.get("/api/v1/density/history?from=2026-07-14T17:59:30Z&to=2026-07-14T19:59:50%2B02:00") as answer:
        assert [entry["second"] for entry in (await answer.json())["maps"]] == [30, 40]


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday", "from=2026-07-14T18:00:00", "step_s=x", "step_s=1", "step_s=nan",
        "from=2026-07-14T18:00:00Z&to=2026-07-14T17:00:00Z",
        "from=2026-07-14T08:00:00Z&to=2026-07-14T18:00:00Z&step_s=10",
    ],
)  # fmt: skip
async def test_a_bad_span_is_told_in_one_line(client: Client, query: str) -> None:
    async with client.get(f"/api/v1/density/history?{query}") as answer:
        assert answer.status == 400
        assert "\n" not in (await answer.json())["error"]


async def test_metrics_hold_figures_and_no_place(client: Client, outbox: Outbox) -> None:
    outbox.put(Topic.HEALTH, HEALTH)
    outbox.put(Topic.DENSITY, MAP)
    async with client.get("/metrics") as answer:
        lines = (await answer.text()).splitlines()
    assert 'groundstation_frames_in_total{camera="north"} 3' in lines
    assert 'groundstation_gate_open{camera="north"} 1' in lines
    assert 'groundstation_link_age_seconds{camera="north"} 0.2' in lines
    assert "groundstation_people 12.0" in lines


async def test_a_port_in_use_is_told_in_one_line(outbox: Outbox) -> None:
    app = application(outbox, clock=lambda: NOW_NS)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInputError, match=rf"port {port} on 127\.0\.0\.1 is in use; "):
            async with served(app, host="127.0.0.1", port=port):
                pass


async def test_serving_tells_the_port_that_was_taken(outbox: Outbox) -> None:
    outbox.put(Topic.DENSITY, MAP)
    async with served(application(outbox, clock=lambda: NOW_NS), host="127.0.0.1", port=0) as address:
        assert address.startswith("http://127.0.0.1:")
        async with ClientSession() as session, session.get(f"{address}api/v1/density") as answer:
            assert json.loads(await answer.text()) == MAP


def test_the_web_imports_neither_vision_nor_numpy() -> None:
    folder = Path(__file__).parents[2] / "groundstation" / "web"
    text = "".join(path.read_text() for path in folder.glob("*.py"))
    assert "vision" not in text
    assert "numpy" not in text


async def test_a_snapshot_says_when_it_was_taken_and_fill_does_not(client: Client, outbox: Outbox) -> None:
    outbox.put_frame(frame(1, Media.JPEG))
    async with client.get("/api/v1/video/north/snapshot.jpg") as answer:
        assert answer.headers["Capture-Utc"] == "2026-07-14T18:00:00.000Z"
    fill = frame(2, Media.JPEG)
    closed = {name: getattr(fill, name) for name in RedactedFrame.__slots__} | {"closed_because": "stale_pose"}
    outbox.put_frame(RedactedFrame(**closed, made_by=FrameMaker.GATE))
    async with client.get("/api/v1/video/north/snapshot.jpg") as answer:
        assert "Capture-Utc" not in answer.headers
