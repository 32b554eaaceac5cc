"""Base maps and site plans from files: what is in them comes out, what is broken is named and not drawn."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from groundstation.basemap.desk import MapDesk
from groundstation.basemap.facts import MapFileError, plain_attribution
from groundstation.basemap.mb import MbTiles
from groundstation.basemap.outlines import plan_outlines
from groundstation.basemap.plan import plan_picture
from groundstation.basemap.pm import PmTiles
from groundstation.outbox import Outbox
from groundstation.settings import MapTable
from tests.groundstation.entrances import application
from tests.groundstation.tile_files import MIDDLE, mbtiles, plain_tile, pmtiles, tile_at, vector_tile

Client = TestClient[web.Request, web.Application]
PLACES = [tile_at(zoom, *MIDDLE) for zoom in range(3)]
TILES = {place: plain_tile((10 * place[0], 0, 0)) for place in PLACES}
VECTOR = vector_tile({"water": [("polygon", [[(0, 0), (4096, 0), (4096, 4096)]], "river")]})


@pytest.mark.parametrize("made", [pmtiles, mbtiles])
def test_each_tile_comes_out_as_it_went_in(tmp_path: Path, made: type) -> None:
    path = made(tmp_path / "city", TILES)
    opened = PmTiles(path) if made is pmtiles else MbTiles(path)
    assert (opened.facts.kind, opened.facts.min_zoom, opened.facts.max_zoom) == ("png", 0, 2)
    assert [opened.tile(*place) for place in PLACES] == [TILES[place] for place in PLACES]
    assert opened.tile(2, 0, 0) is None


def test_nothing_is_written_beside_a_file_of_tiles(tmp_path: Path) -> None:
    MbTiles(mbtiles(tmp_path / "city.mbtiles", TILES)).tile(*PLACES[0])
    assert [path.name for path in tmp_path.iterdir()] == ["city.mbtiles"]


def test_an_attribution_is_plain_text() -> None:
    assert (
        plain_attribution('<a href="https://x">&copy; OpenStreetMap</a>\n contributors')
        == "© OpenStreetMap contributors"
    )
    assert plain_attribution(None) == ""


def broken(tmp_path: Path) -> dict[str, tuple[Path, str]]:
    """Name of a fault -> a file that has it, and its cause."""
    whole = pmtiles(tmp_path / "whole.pmtiles", TILES).read_bytes()
    base = mbtiles(tmp_path / "whole.mbtiles", TILES).read_bytes()
    middle = bytearray(whole)
    middle[130:150] = b"\xff" * 20
    files = {
        "empty.pmtiles": (b"", "empty"), "short.pmtiles": (whole[:60], "wrong"), "cut.pmtiles": (whole[:-9], "cut_off"),
        "text.pmtiles": (b"no map at all" * 20, "wrong"), "old.pmtiles": (b"PMTiles\x02" + whole[8:], "version"),
        "directory.pmtiles": (bytes(middle), "damaged"),
        "brotli.pmtiles": (whole[:98] + b"\x03" + whole[99:], "packed"),
        "mlt.pmtiles": (whole[:99] + b"\x06" + whole[100:], "kind"),
        "zoom.pmtiles": (whole[:101] + b"\x63" + whole[102:], "wrong"),
        "empty.mbtiles": (b"", "empty"), "cut.mbtiles": (base[:-100], "cut_off"), "text.mbtiles": (b"x" * 400, "wrong"),
        "rubbish.mbtiles": (base[:100] + b"\xff" * (len(base) - 100), "damaged"),
    }  # fmt: skip
    for name, (data, _) in files.items():
        (tmp_path / name).write_bytes(data)
    made = {name: (tmp_path / name, cause) for name, (_, cause) in files.items()}
    return made | {
        "gone": (tmp_path / "gone.pmtiles", "missing"),
        "gone too": (tmp_path / "gone.mbtiles", "missing"),
        "format": (mbtiles(tmp_path / "format.mbtiles", TILES, format="tiff"), "kind"),
        "bounds": (mbtiles(tmp_path / "bounds.mbtiles", TILES, bounds="here"), "wrong"),
        "nothing": (mbtiles(tmp_path / "nothing.mbtiles", {}), "empty"),
    }


def test_a_bad_file_is_one_line_and_the_station_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name, (path, cause) in broken(tmp_path).items():
        caplog.clear()
        document = MapDesk(MapTable(basemap=path)).document()
        assert document["basemap"] is None, name
        assert document["faults"] == [{"what": "basemap", "file": path.name, "cause": cause}], name
        (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert "\n" not in record.getMessage(), name
        assert str(path) in record.getMessage(), name


def test_a_file_that_is_cut_off_while_the_station_runs_is_told(tmp_path: Path) -> None:
    path = pmtiles(tmp_path / "city.pmtiles", TILES)
    opened = PmTiles(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(MapFileError, match="cut off"):
        opened.tile(*PLACES[-1])


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    plan = tmp_path / "plan.geojson"
    plan.write_text(json.dumps({"type": "FeatureCollection", "features": [outline([[2.0, 48.0], [2.1, 48.0]])]}))
    path = pmtiles(tmp_path / "city.pmtiles", {PLACES[0]: VECTOR}, kind="mvt")
    app = application(Outbox(()), clock=lambda: 0, basemap=MapDesk(MapTable(basemap=path, site_plan=plan)))
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


def outline(line: list[list[float]], **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": {"type": "LineString", "coordinates": line}, "properties": properties}


async def test_tiles_and_plan_are_served(client: Client) -> None:
    async with client.get("/api/v1/basemap") as answer:
        document = await answer.json()
    assert (document["basemap"]["kind"], document["basemap"]["attribution"]) == ("mvt", "Made for a test")
    assert (document["site_plan"], document["faults"]) == ({"raster": None}, [])
    async with client.get("/api/v1/tiles/0/0/0", auto_decompress=False) as answer:
        assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip")
        assert await answer.read() == VECTOR
    for address, status in (("tiles/1/0/0", 204), ("tiles/0/5/0", 204), ("tiles/0/0/-1", 404), ("site-plan.png", 404)):
        async with client.get(f"/api/v1/{address}") as answer:
            assert answer.status == status, address
    async with client.get("/api/v1/site-plan") as answer:
        assert (await answer.json())["features"][0]["geometry"]["type"] == "LineString"


async def test_without_a_base_map_there_is_a_graticule_and_an_answer() -> None:
    app = application(Outbox(()), clock=lambda: 0, basemap=MapDesk(None))
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        async with client.get("/api/v1/basemap") as answer:
            assert await answer.json() == {"basemap": None, "site_plan": None, "faults": []}
        async with client.get("/api/v1/tiles/0/0/0") as answer:
            assert (answer.status, await answer.json()) == (404, {"error": "no base map here; set basemap in [map]"})


@pytest.mark.parametrize(
    "line", [[[500000.0, 4e6], [1.0, 2.0]], [[2.0]], "here", [["a", "b"]], [[True, {}]]], ids=str
)  # fmt: skip
def test_a_plan_that_is_not_in_degrees_is_refused(tmp_path: Path, line: list[list[float]]) -> None:
    path = tmp_path / "plan.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [outline(line)]}))
    with pytest.raises(MapFileError, match="longitude and latitude"):
        plan_outlines(path)


def test_a_plan_keeps_names_and_drops_what_else_is_said(tmp_path: Path) -> None:
    path = tmp_path / "plan.geojson"
    features = [outline([[2.0, 48.0], [2.1, 48.0]], name="Stage", owner="somebody")]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert plan_outlines(path)["features"][0]["properties"] == {"name": "Stage"}


def test_a_picture_lies_where_its_world_file_says_and_is_grey(tmp_path: Path) -> None:
    path = tmp_path / "plan.png"
    Image.new("RGB", (40, 20), (255, 0, 0)).save(path)
    path.with_suffix(".pgw").write_text("0.001\n0\n0\n-0.001\n2.0005\n48.9995\n")
    plan = plan_picture(path, 4326)
    assert plan.bounds == pytest.approx((2.0, 48.98, 2.04, 49.0), abs=1e-3)
    drawn = Image.open(io.BytesIO(plan.png))
    assert drawn.mode == "LA"
    assert drawn.getpixel((drawn.width // 2, drawn.height // 2)) == (76, 255), "0.299 of red"


def test_a_picture_without_a_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.png"
    Image.new("L", (4, 4)).save(path)
    with pytest.raises(MapFileError, match="no world file beside it"):
        plan_picture(path, 3857)
    path.with_suffix(".pgw").write_text("1 0 0 -1 0\n")
    with pytest.raises(MapFileError, match="six numbers"):
        plan_picture(path, 3857)
    with pytest.raises(MapFileError, match="site_plan_epsg"):
        plan_picture(path, None)
    path.write_bytes(path.read_bytes()[:30])
    path.with_suffix(".pgw").write_text("1 0 0 -1 0 0\n")
    with pytest.raises(MapFileError, match="cannot be read"):
        plan_picture(path, 3857)


@pytest.mark.data
def test_real_files_open_and_real_broken_ones_do_not(shared: Path) -> None:
    real = shared / "data" / "basemap_pmtiles"
    firenze = PmTiles(real / "protomaps_vector_ODbL_firenze.pmtiles")
    assert (firenze.facts.kind, firenze.facts.max_zoom) == ("mvt", 14)
    assert "OpenStreetMap" in firenze.facts.attribution
    assert len(firenze.tile(*tile_at(14, 11.2558, 43.7696)) or b"") > 100_000
    whitney = PmTiles(real / "usgs-mt-whitney-8-15-webp-512.pmtiles")
    assert (whitney.tile(*tile_at(15, -118.292, 36.5786)) or b"")[8:12] == b"WEBP"
    for name in ("empty", "invalid", "invalid_v4", "test_fixture_mlt"):
        with pytest.raises(MapFileError):
            PmTiles(real / f"{name}.pmtiles")
