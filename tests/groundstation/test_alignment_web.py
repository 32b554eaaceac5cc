"""A camera is aligned over HTTP by our own pages only; what is stored survives, and a damaged file is never applied."""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from flightlink.alignment import Alignment, Bias
from flightlink.alignment_file import alignment_toml, load_alignment
from flightlink.errors import CameraFileError
from groundstation.alignment.desk import AlignmentDesk
from groundstation.alignment.shown import MOST_SHOWN, ShownPictures
from groundstation.alignment.store import AlignmentFile
from groundstation.instants import text_from_utc_ns
from groundstation.outbox import Outbox
from tests.groundstation.entrances import application
from tests.maps.tie_points import Flight, tie_points

Client = TestClient[web.Request, web.Application]
Body = dict[str, Any]
NOW_NS = 1_784_052_000_000_000_000
ADDRESS = "/api/v1/cameras/north/alignment"
OLD = Alignment(bias=Bias(-1.0, 0.0, 0.0), sigma_deg=(0.5, None, None), utc_ns=NOW_NS, points=3, residual_m=0.5)
POINTS = tie_points(Flight(exact=True), 1)


@pytest.fixture
def in_force() -> list[Alignment | None]:
    """Every alignment that was put in force, the newest last."""
    return []


@pytest.fixture
def make_desk(tmp_path: Path, in_force: list[Alignment | None]) -> Callable[..., AlignmentDesk]:
    def made(by_camera_file: Alignment | None = None) -> AlignmentDesk:
        shown = ShownPictures()
        for point in POINTS:
            shown.add(point.pose, width_px=960, height_px=540)
        return AlignmentDesk(
            "north", shown=shown, file=AlignmentFile(tmp_path, "north"), by_camera_file=by_camera_file,
            apply=in_force.append, clock=lambda: NOW_NS,
        )  # fmt: skip

    return made


@pytest.fixture
async def client(make_desk: Callable[..., AlignmentDesk]) -> AsyncIterator[Client]:
    app = application(Outbox(("north",)), clock=lambda: NOW_NS, desks={"north": make_desk()})
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def body(**changes: Any) -> Body:
    """Return the tie points as the page sends them: clicked in a picture of half the size."""
    rows: list[Body] = [
        {
            "utc": text_from_utc_ns(point.pose.utc_ns), "u_px": (point.u_px + 0.5) / 2 - 0.5,
            "v_px": (point.v_px + 0.5) / 2 - 0.5, "lat_deg": point.lat_deg, "lon_deg": point.lon_deg,
        }
        for point in POINTS
    ]  # fmt: skip
    rows[-1] |= changes
    return {"points": rows}


async def test_a_trial_tells_the_bias_and_changes_nothing(
    client: Client, tmp_path: Path, in_force: list[Alignment | None], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with client.post(ADDRESS, json=body()) as answer:
            found = await answer.json()
    assert answer.status == 200
    assert found["bias"]["yaw_deg"] == pytest.approx(3.0, abs=0.05)
    assert found["bias"]["pitch_deg"] == pytest.approx(1.0, abs=0.05)
    assert len(found["residuals"]) == 5
    assert found["stored"] is False
    assert in_force == [None]
    assert names_in(tmp_path) == []
    lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("alignment_solved")]
    assert len(lines) == 1
    assert "yaw_deg=+3.0" in lines[0]


async def test_what_is_stored_is_in_force_survives_a_start_and_is_forgotten(
    client: Client,
    tmp_path: Path,
    in_force: list[Alignment | None],
    make_desk: Callable[..., AlignmentDesk],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with client.put(ADDRESS, json=body()) as answer:
        assert answer.status == 200
        assert (await answer.json())["stored"] is True
    kept = load_alignment(tmp_path / "north.alignment.toml")
    assert [one.bias for one in in_force if one is not None] == [pytest.approx(kept.bias, abs=1e-3)]
    assert names_in(tmp_path) == ["north.alignment.toml"]
    async with client.get(ADDRESS) as answer:
        said = await answer.json()
    assert said["source"] == "station"
    assert said["alignment"]["ties"] == 5
    with caplog.at_level(logging.INFO):
        make_desk(OLD)
    assert in_force[-1] == kept  # the station's own wins over the camera file's
    assert caplog.records[-1].getMessage().startswith("alignment_in_force camera=north source=station solved=2026-")
    async with client.delete(ADDRESS) as answer:
        assert await answer.json() == {"camera": "north", "alignment": None, "source": None}
    assert in_force.pop() is None
    assert names_in(tmp_path) == []
    make_desk(OLD)
    assert in_force[-1] == OLD


def test_a_damaged_alignment_is_refused_at_the_start(
    tmp_path: Path, make_desk: Callable[..., AlignmentDesk], in_force: list[Alignment | None]
) -> None:
    (tmp_path / "north.alignment.toml").write_text(alignment_toml(OLD)[:-30])
    with pytest.raises(CameraFileError, match=r"north\.alignment\.toml"):
        make_desk()
    assert in_force == []


async def test_points_that_give_no_alignment_are_told_with_their_cause(client: Client, tmp_path: Path) -> None:
    async with client.put(ADDRESS, json={"points": body()["points"][:1]}) as answer:
        assert answer.status == 422
        assert (await answer.json())["cause"] == "too_few_points"
    async with client.put(ADDRESS, json=body(u_px=5000)) as answer:
        said = await answer.json()
    assert (answer.status, said["cause"]) == (422, "useless_point")
    assert said["error"].startswith("tie point 5: ")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"points": 5}, "points is no list"), ([], "points is no list"), ({"points": [[]]}, "point 1 is none"),
        ({"points": [{}] * 51}, "50 are enough"), (body(u_px="x"), "u_px"), (body(lat_deg=True), "lat_deg is missing"),
        (body(utc="2026-07-14T18:00:00Z"), "no picture of that instant"), (body(utc=None), "no time"),
        (body(lon_deg=1e999), "finite"), (body(faces=3), "point 5 is none"),
    ],
)  # fmt: skip
async def test_a_body_that_is_none_gets_one_line(client: Client, sent: Any, told: str) -> None:
    async with client.post(ADDRESS, json=sent) as answer:
        assert answer.status == 400
        assert told in (await answer.json())["error"]


async def test_only_our_own_pages_may_change_anything(client: Client, in_force: list[Alignment | None]) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}):
        async with client.put(ADDRESS, json=body(), headers=headers) as answer:
            assert answer.status in (403, 421)
        async with client.delete(ADDRESS, headers=headers) as answer:
            assert answer.status in (403, 421)
    async with client.put(ADDRESS, data=str(body()), headers={"Content-Type": "text/plain"}) as answer:
        assert answer.status == 400
    async with client.put(ADDRESS, data=b" " * 70_000, headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 413
    async with client.patch(ADDRESS) as answer:
        assert answer.status == 405
        assert (await answer.json())["error"].endswith("use GET or POST or PUT or DELETE")
    async with client.put("/api/v1/cameras/south/alignment", json=body()) as answer:
        assert answer.status == 404
    assert in_force == [None]


def test_pictures_are_remembered_so_long_and_no_longer() -> None:
    shown = ShownPictures()
    first, *others = POINTS
    shown.add(first.pose, width_px=960, height_px=540)
    remembered = shown.pose_at(first.pose.utc_ns // 1_000_000 * 1_000_000)
    assert remembered is not None
    assert remembered.intrinsics.width_px == 960
    for number in range(MOST_SHOWN):
        shown.add(replace(others[0].pose, utc_ns=(5000 + number) * 10**9), width_px=960, height_px=540)
    assert shown.pose_at(first.pose.utc_ns) is None
