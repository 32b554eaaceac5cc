"""The published map as files, read again by GDAL; each stands in the audit before it leaves."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from groundstation.audit import AuditFile
from groundstation.exports.desk import ExportDesk
from groundstation.outbox import Outbox, Topic
from tests.architecture.documents import maps_and_alerts
from tests.groundstation.entrances import application

UTC_NS = 1_784_052_000_000_000_000
ADDRESS = "/api/v1/density/export"
STATES = {"observed", "stale", "unobserved", "suppressed", "saturated"}
Client = TestClient[web.Request, web.Application]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """A map with a cell of each state that the station's own code makes, and a flow."""
    maps = [document for document, _ in maps_and_alerts()]
    whole = max(maps, key=lambda one: len({cell["properties"]["state"] for cell in one["features"]}))
    flows: list[Any] = next((one["flows"] for one in maps if one["flows"]), [])
    return {**whole, "flows": flows}


class Here:
    def __init__(self, document: dict[str, Any] | None, folder: Path, health: dict[str, Any] | None = None) -> None:
        outbox = Outbox(())
        for topic, one in ((Topic.DENSITY, document), (Topic.HEALTH, health)):
            if one is not None:
                outbox.put(topic, one)
        desk = ExportDesk(station="Test", audit=AuditFile(folder / "audit.jsonl"), clock=lambda: UTC_NS)
        self.app = application(outbox, clock=lambda: UTC_NS, exports=desk)
        self.folder = folder

    async def get(self, kind: str, **headers: str) -> tuple[int, str, bytes]:
        async with TestClient(TestServer(self.app, host="127.0.0.1")) as client:
            answer = await client.get(ADDRESS, params={"format": kind}, headers=headers)
            return answer.status, answer.headers.get("Content-Disposition", ""), await answer.read()

    async def post(self, body: object) -> int:
        async with TestClient(TestServer(self.app, host="127.0.0.1")) as client:
            return (await client.post("/api/v1/exports", json=body)).status

    def audit(self) -> list[dict[str, Any]]:
        path = self.folder / "audit.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


@pytest.fixture
def here(document: dict[str, Any], tmp_path: Path) -> Here:
    return Here(document, tmp_path)


def rows_of(path: Path, layer: str | None = None) -> list[dict[str, Any]]:
    """Return the rows that GDAL finds."""
    meta, _, geometry, columns = pyogrio.raw.read(path, layer=layer)
    names = list(meta["fields"])
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return [{**row, "wkb": shape} for row, shape in zip(rows, geometry, strict=True)]


async def test_gdal_reads_the_geopackage(here: Here, document: dict[str, Any]) -> None:
    status, name, data = await here.get("gpkg")
    assert status == 200
    path = here.folder / "map.gpkg"
    path.write_bytes(data)
    assert {tuple(layer) for layer in pyogrio.list_layers(path)} == {
        ("cells", "Polygon"),
        ("flows", "Point"),
        ("map", None),
    }
    assert pyogrio.read_info(path, layer="cells")["crs"] == "EPSG:4326"
    rows = rows_of(path, "cells")
    assert [row["cell"] for row in rows] == [cell["properties"]["cell"] for cell in document["features"]]
    assert {row["state"] for row in rows} == {cell["properties"]["state"] for cell in document["features"]} <= STATES
    assert all(row["wkb"] is not None and row["map_utc"] for row in rows)
    assert len(rows_of(path, "flows")) == len(document["flows"]) > 0
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("SELECT people, people_sigma, observed_share, station, exercise FROM map").fetchone() == (
            document["people"], document["people_sigma"], document["observed_share"], "Test", 0,
        )  # fmt: skip
    assert name.startswith('attachment; filename="density-20')
    assert name.endswith('Z.gpkg"')


async def test_gdal_reads_kml_and_geojson(here: Here, document: dict[str, Any]) -> None:
    for kind in ("kml", "geojson"):
        status, _, data = await here.get(kind)
        path = here.folder / f"map.{kind}"
        path.write_bytes(data)
        layer = "cells" if kind == "kml" else None
        assert (status, len(rows_of(path, layer))) == (200, len(document["features"]))
        bounds = pyogrio.read_bounds(path, layer=layer)[1]
        first = document["features"][0]["geometry"]["coordinates"][0]
        assert bounds[0][0] == pytest.approx(min(lon for lon, _ in first), abs=1e-7)


async def test_bounds_errors_ages_and_times_stand_in_geojson_and_csv(here: Here, document: dict[str, Any]) -> None:
    said = json.loads((await here.get("geojson"))[2])
    table = list(csv.DictReader(io.StringIO((await here.get("csv"))[2].decode())))
    assert [row["kind"] for row in table].count("total") == 1
    assert float(table[0]["people"]) == document["people"] == said["people"]
    cells = [row for row in table if row["kind"] == "cell"]
    for feature, row in zip(said["features"], cells, strict=True):
        told = feature["properties"]
        assert row["wkt"].startswith("POLYGON ((")
        assert row["state"] == told["state"]
        if told["state"] == "suppressed":
            assert (told["people_at_least"], told["people_at_most"]) == (1, document["few_at_most"])
            assert (row["people"], row["people_at_least"]) == ("", "1")
        if told["state"] == "saturated":
            assert told["density_at_least_per_m2"] == told["density_per_m2"]
        if told["people"] is not None:
            assert None not in (told["people_sigma"], told["density_sigma_per_m2"])
            assert told["seen_utc"] <= told["map_utc"]


async def test_the_report_is_one_page(here: Here) -> None:
    status, name, data = await here.get("report")
    assert (status, name.endswith('.html"')) == (200, True)
    assert b"Crowd density, Test" in data


async def test_each_file_is_written_down_before_it_leaves(here: Here, document: dict[str, Any]) -> None:
    for kind in ("csv", "gpkg"):
        await here.get(kind)
    assert await here.post({"kind": "print", "map_utc": document["utc"]}) == 200
    lines = here.audit()
    assert [(line["what"], line["who"], line["format"]) for line in lines] == [
        ("exported", "demo", kind) for kind in ("csv", "gpkg", "print")
    ]
    assert all(line["map_utc"] == document["utc"] for line in lines)


async def test_what_cannot_be_written_down_does_not_leave(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    status, _, data = await Here(document, tmp_path).get("csv")
    assert (status, list(json.loads(data))) == (500, ["error"])
    assert await Here(document, tmp_path).post({"kind": "print", "map_utc": None}) == 500


async def test_wrong_questions_are_answered_in_one_line_and_leave_nothing(here: Here, tmp_path: Path) -> None:
    bodies: list[object] = [{"kind": "video"}, [], {"kind": ["print"]}]
    assert (await here.get("shp"))[0] == 400
    assert (await here.get("csv", **{"Sec-Fetch-Site": "cross-site"}))[0] == 403
    assert [await here.post(body) for body in bodies] == [400, 400, 400]
    assert (await Here(None, tmp_path).get("csv"))[0] == 503
    assert here.audit() == []


async def test_an_exercise_says_so_in_name_and_content(document: dict[str, Any], tmp_path: Path) -> None:
    here = Here(document, tmp_path, {"exercise": True})
    _, name, data = await here.get("kml")
    assert "EXERCISE-density-" in name
    assert b"<name>EXERCISE Test" in data
    assert json.loads((await here.get("geojson"))[2])["exercise"] == 1
