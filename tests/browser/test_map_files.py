"""Base map, layers, measuring, exports and print in a real browser."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from groundstation.audit import AuditFile
from groundstation.basemap.desk import MapDesk
from groundstation.exports.desk import ExportDesk
from groundstation.settings import MapTable
from tests.browser.officers_here import SQUARE, Desk, zone
from tests.browser.places import until
from tests.browser.world import geodetic
from tests.groundstation.tile_files import plain_tile, pmtiles, tile_at, vector_tile

if TYPE_CHECKING:
    from tests.browser.conftest import Opened, OpenPage
    from tests.browser.station import Station

pytestmark = pytest.mark.browser

OUTSIDE = geodetic([(-6.0, 12.0)])[0]
"""West of the area, where only the base map lies."""
GREY_OF = """async ([selector, lon, lat]) => {
  const { map } = (await import('/static/main.js')).map;
  const canvas = document.querySelector(selector);
  const box = canvas.getBoundingClientRect();
  const frame = document.getElementById('map').getBoundingClientRect();
  const { x, y } = map.latLngToContainerPoint([lat, lon]);
  const [left, top] = [(x + frame.left - box.left) * devicePixelRatio, (y + frame.top - box.top) * devicePixelRatio];
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext('2d', { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  return [...context.getImageData(left, top, 1, 1).data];
}"""


UNSEEN, SEEN = geodetic([(25.0, 4.0), (9.0, 9.0)])[:2]
CLEAREST = """async ([lon, lat]) => {
  const { map } = (await import('/static/main.js')).map;
  const canvas = document.querySelector('canvas.cells');
  const box = canvas.getBoundingClientRect();
  const frame = document.getElementById('map').getBoundingClientRect();
  const { x, y } = map.latLngToContainerPoint([lat, lon]);
  const [left, top] = [(x + frame.left - box.left) * devicePixelRatio, (y + frame.top - box.top) * devicePixelRatio];
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext('2d', { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(left - 6, top - 6, 12, 12);
  return Math.min(...data.filter((_, at) => at % 4 === 3));
}"""
"""Alpha of the cells about a place where it is least."""


@pytest.fixture
def with_files(station: Station, tmp_path: Path) -> Station:
    """The station with exports; a test gives it a base map before it opens the page."""
    station.exports = ExportDesk(station="test", audit=AuditFile(tmp_path / "audit.jsonl"), clock=time.time_ns)
    return again(station)


def again(station: Station, basemap: Path | None = None) -> Station:
    station.stop()
    station.basemap = MapDesk(MapTable(basemap=basemap))
    station.start()
    return station


def wait_for_paint(opened: Opened, selector: str = ".basemap") -> list[int]:
    """Wait for a colour outside the area, and return it."""
    until(opened.page, f"async (place) => (await ({GREY_OF})(place))[3] > 0", [selector, *OUTSIDE])
    colour: list[int] = opened.page.evaluate(GREY_OF, [selector, *OUTSIDE])
    return colour


def test_a_raster_base_map_is_drawn_grey_beyond_its_last_zoom(
    with_files: Station, tmp_path: Path, open_page: OpenPage
) -> None:
    again(with_files, pmtiles(tmp_path / "city.pmtiles", {tile_at(12, *OUTSIDE): plain_tile()}))
    opened = open_page().drawn()
    red, green, blue, _ = wait_for_paint(opened)
    assert red == green == blue, "the file is red"
    assert opened.text("#attribution") == "Made for a test"
    opened.page.click("#theme")
    until(opened.page, f"async (place) => (await ({GREY_OF})(place))[0] < 100", [".basemap", *OUTSIDE])
    assert opened.console == []


def test_the_hatch_of_the_unseen_lies_over_the_base_map(
    with_files: Station, tmp_path: Path, open_page: OpenPage
) -> None:
    again(with_files, pmtiles(tmp_path / "city.pmtiles", {tile_at(12, *UNSEEN): plain_tile()}))
    opened = open_page().drawn()
    wait_for_paint(opened)
    gaps = f"async ([place, clear]) => ((await ({CLEAREST})(place)) === 0) === clear"
    until(opened.page, gaps, [UNSEEN, True])
    assert opened.page.evaluate(CLEAREST.replace("Math.min", "Math.max"), UNSEEN) > 0, "the hatch itself"
    assert opened.page.evaluate(CLEAREST, SEEN) == 255, "a cell hides what lies under it"
    opened.page.click("#layers-toggle")
    opened.page.uncheck("#layer-basemap")
    until(opened.page, gaps, [UNSEEN, False])
    opened.page.check("#layer-basemap")
    until(opened.page, gaps, [UNSEEN, True])


def test_a_vector_base_map_is_drawn_with_its_water(with_files: Station, tmp_path: Path, open_page: OpenPage) -> None:
    whole = [[(0, 0), (4096, 0), (4096, 4096), (0, 4096)]]
    tile = vector_tile({"water": [("polygon", whole, "river")], "buildings": [("polygon", whole, "house")]})
    again(with_files, pmtiles(tmp_path / "city.pmtiles", {tile_at(13, *OUTSIDE): tile}, kind="mvt"))
    opened = open_page().drawn()
    assert wait_for_paint(opened)[:3] == [0xC6] * 3, "water of the day"
    assert wait_for_paint(opened, ".buildings")[0] == pytest.approx(0xC9, abs=3)
    opened.page.click("#layers-toggle")
    opened.page.uncheck("#layer-basemap")
    assert opened.page.locator("canvas.basemap").is_hidden()
    assert opened.page.locator("canvas.buildings").is_hidden()


@pytest.mark.parametrize(("locale", "said"), [("fr-FR", "le fichier est tronqué"), ("en-GB", "the file is cut off")])
def test_a_broken_base_map_is_told_and_the_graticule_stays(
    with_files: Station, tmp_path: Path, open_page: OpenPage, locale: str, said: str
) -> None:
    path = pmtiles(tmp_path / "city.pmtiles", {tile_at(3, *OUTSIDE): plain_tile()})
    path.write_bytes(path.read_bytes()[:-20])
    again(with_files, path)
    opened = open_page(locale=locale).drawn()
    opened.page.locator("#map-faults").wait_for(state="visible")
    assert said in opened.text("#map-faults")
    assert "city.pmtiles" in opened.text("#map-faults")
    assert opened.page.locator("canvas.graticule").is_visible()


def test_layers_are_turned_off_told_and_remembered(with_files: Station, open_page: OpenPage) -> None:
    opened = open_page().drawn()
    page = opened.page
    page.keyboard.press("c")
    page.locator("#layer-cells").wait_for(state="visible")
    page.keyboard.press("Space")
    assert opened.text("#layers-hidden") == "Masqué : Densité"
    page.uncheck("#layer-footprints")
    assert page.locator(".footprint").first.is_hidden()
    page.keyboard.press("Escape")
    assert page.locator("#layers").is_hidden()
    page.reload()
    opened.drawn()
    assert opened.text("#layers-hidden") == "Masqué : Densité"
    page.click("#layers-toggle")
    page.check("#layer-cells")
    assert page.locator("#layers-hidden").is_hidden()
    assert opened.console == []


def test_zones_are_turned_off_with_their_plates_and_told(
    with_files: Station, tmp_path: Path, open_page: OpenPage
) -> None:
    desk = with_files.desk = Desk(with_files.outbox, tmp_path)
    again(with_files)
    drawn = desk.officers.zones.add(zone("Grand’Place", 9000, SQUARE))
    asyncio.run_coroutine_threadsafe(drawn, with_files.loop).result(5)
    opened = open_page(locale="en-GB").drawn()
    page = opened.page
    page.locator(".zone-plate").wait_for(state="visible")
    page.click("#layers-toggle")
    page.uncheck("#layer-zones")
    assert opened.text("#layers-hidden") == "Hidden: Zones"
    assert page.locator(".zone-plate").is_hidden()
    assert page.locator(".zone-line").is_hidden()
    page.check("#layer-zones")
    page.locator(".zone-plate").wait_for(state="visible")
    assert page.locator(".zone-line").is_visible()
    assert opened.console == []


def test_a_length_and_an_area_are_measured_by_clicks_and_by_keys(with_files: Station, open_page: OpenPage) -> None:
    opened = open_page(locale="en-GB").drawn()
    page = opened.page
    page.click("#measure-toggle")
    assert opened.text("#measure-text").startswith("Click a first place")
    for place in geodetic([(6.0, 2.0), (14.0, 2.0), (14.0, 6.0)])[:3]:
        at = page.evaluate(
            "async ([lon, lat]) => (await import('/static/main.js')).map.map.latLngToContainerPoint([lat, lon])", place
        )
        page.locator("#map").click(position=at)
    told = opened.text("#measure-text")
    length, area = (float(part.split()[1].replace(",", "")) for part in told.split(". ")[0].split(", "))
    assert length == pytest.approx(60, abs=1), "of 40 m and 20 m, in Lambert 93"
    assert area == pytest.approx(400, abs=8)
    assert "±" in told
    assert page.locator("#inspector").is_hidden()
    page.keyboard.press("Backspace")
    assert "area" not in opened.text("#measure-text")
    page.keyboard.press("Escape")
    assert page.locator("#measure").is_hidden()
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(400)
    page.keyboard.press("Enter")
    assert "Length" in opened.text("#measure-text")
    assert opened.console == []


def downloaded(opened: Opened, button: str, folder: Path) -> Path:
    with opened.page.expect_download() as started:
        opened.page.click(button)
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


def test_the_menu_saves_files_that_stand_in_the_audit(with_files: Station, tmp_path: Path, open_page: OpenPage) -> None:
    opened = open_page().drawn()
    opened.page.click("#exports-toggle")
    files = {
        kind: downloaded(opened, f"#export-{kind}", tmp_path)
        for kind in ("geojson", "gpkg", "kml", "csv", "png", "report")
    }
    assert len(json.loads(files["geojson"].read_text())["features"]) > 10
    assert files["gpkg"].read_bytes().startswith(b"SQLite format 3")
    noted: list[dict[str, Any]] = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [line["format"] for line in noted] == list(files)
    assert opened.console == []


def test_what_cannot_be_written_down_does_not_leave(with_files: Station, tmp_path: Path, open_page: OpenPage) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    opened = open_page().drawn()
    opened.page.click("#exports-toggle")
    opened.page.click("#export-csv")
    opened.page.wait_for_function("() => document.getElementById('export-said').textContent.includes('journal')")
    assert opened.text("#export-said") == "Pas d’export : le journal ne peut être écrit"


def test_one_page_of_paper_has_the_map_and_why_places_are_not_seen(with_files: Station, open_page: OpenPage) -> None:
    opened = open_page().drawn()
    pdf = opened.page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page/") + pdf.count(b"/Type /Page ") == 1
    opened.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert "quay" in (opened.page.locator("#paper li").first.text_content() or "")
    assert opened.page.locator("#paper canvas").count() == 1
