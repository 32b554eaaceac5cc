"""The report: one HTML document with a map and a table, which opens offline and asks no address for anything.

folium builds the map; its head would load eleven outside files, so Leaflet is written into the document instead.
There is no tile layer: cells lie on a blank ground with a grid of round metres.
"""

from __future__ import annotations

import math
import re
from html import escape
from pathlib import Path
from typing import Any, Final

import folium
import numpy as np
from branca.element import Element, Figure
from xstatic.pkg import leaflet

from maps.cells import CellState
from maps.crs import MissionCrs
from maps.levels import STANDARD_THRESHOLDS, Level
from maps.palette import CONTROL_EDGE, DAY, GROUND, GROUND_EDGE, INK, PAGE, SECOND_INK, SURFACE, svg_patterns

MOST_NUMBERS: Final = 600
"""Beyond so many cells with a figure the numbers stay off the map; the table and the tooltips hold them."""
GRID_LINES: Final = 12
"""About so many lines of the grid each way."""
EMPTY_VIEW: Final = [[-0.0005, -0.0005], [0.0005, 0.0005]]

SUPPRESSED_NUMBER: Final = "1\u20134"
NUMBER_SWITCH: Final = """
window.addEventListener('load', function () {
    function fit() {
        var circle = 40075016.7 * Math.cos(MAP.getCenter().lat * Math.PI / 180);
        var metres_per_px = circle / Math.pow(2, MAP.getZoom() + 8);
        [5, 10, 20].forEach(function (size) {
            MAP.getContainer().classList.toggle('hide-' + size, size / metres_per_px < 22);
        });
    }
    MAP.on('zoomend', fit);
    fit();
});
"""
"""Hides the numbers of cells under 22 px wide; MAP stands for the map's variable."""

Feature = dict[str, Any]


def report_html(collection: dict[str, Any], summary: dict[str, Any], *, title: str = "Crowd density report") -> str:
    """Return one self-contained HTML document.

    Args:
        collection: A map as `maps.geojson.feature_collection` returns it, so after gate 2.
        summary: Figures to list beside the map, name to value; nested values are written as they are.
        title: Heading of the document.
    """
    figure = Figure(title=escape(title))
    drawing = _map(collection)
    drawing.add_to(figure)
    parts = {
        "style": f"<style>{_leaflet_css()}{_css()}</style><script>{_leaflet_js()}</script>",
        "heading": _heading(collection, summary, title),
        "table": _table(collection),
        "switch": f"<script>{NUMBER_SWITCH.replace('MAP', drawing.get_name())}</script>",
    }
    figure.header.add_child(Element(_mark("style")), name="style")
    for name in ("heading", "table", "switch"):
        figure.html.add_child(Element(_mark(name)), name=name)
    document = str(figure.render()).replace("<html>", '<html lang="en">', 1)
    # folium would read our text as a template, so it goes in last
    for name, part in parts.items():
        document = document.replace(_mark(name), part, 1)
    return document


def _mark(name: str) -> str:
    return f"<!--put {name} here-->"


def _map(collection: dict[str, Any]) -> folium.Map:
    drawing = folium.Map(
        tiles=None, height="62vh", control_scale=True, attributionControl=False, max_zoom=24, zoom_snap=0.25
    )
    drawing.default_js, drawing.default_css = [], []  # each of these is an outside address
    features = collection["features"]
    drawing.fit_bounds(_bounds(features), padding=(12, 12))
    _add_grid(drawing, features, collection["epsg"])
    if features:
        _add_cells(drawing, features)
    return drawing


def _bounds(features: list[Feature]) -> list[list[float]]:
    """Return south-west and north-east corner, latitude first as Leaflet wants it."""
    if not features:
        return EMPTY_VIEW
    corners = np.array([feature["geometry"]["coordinates"][0] for feature in features]).reshape(-1, 2)
    (west, south), (east, north) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return [[south, west], [north, east]]


def _add_grid(drawing: folium.Map, features: list[Feature], epsg: int) -> None:
    """Draw lines of round metres of the CRS, so that an empty ground has a scale."""
    if not features:
        return
    crs = MissionCrs(epsg)
    (south, west), (north, east) = _bounds(features)
    x, y = crs.crs_from_geodetic(np.array([west, east, west, east]), np.array([south, south, north, north]))
    step_m = _round_step((max(np.ptp(x), np.ptp(y)) + 1.0) / GRID_LINES)
    left, right = (math.floor(x.min() / step_m) - 1) * step_m, (math.ceil(x.max() / step_m) + 1) * step_m
    low, high = (math.floor(y.min() / step_m) - 1) * step_m, (math.ceil(y.max() / step_m) + 1) * step_m
    ends = [[(at, low), (at, high)] for at in np.arange(left, right + 1, step_m)]
    ends += [[(left, at), (right, at)] for at in np.arange(low, high + 1, step_m)]
    lon, lat = crs.geodetic_from_crs(*np.array(ends, dtype=np.float64).reshape(-1, 2).T)
    lines = np.stack([lon, lat], axis=1).reshape(-1, 2, 2).round(7).tolist()
    grid = {"type": "Feature", "geometry": {"type": "MultiLineString", "coordinates": lines}, "properties": {}}
    style = {"color": GROUND_EDGE, "weight": 1, "opacity": 0.6, "interactive": False}
    folium.GeoJson(grid, style_function=lambda _feature: style).add_to(drawing)


def _round_step(step_m: float) -> float:
    """Return the next larger of 1, 2, 5, 10, 20, 50, ... metres."""
    power = 10.0 ** math.floor(math.log10(step_m))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step_m)


def _add_cells(drawing: folium.Map, features: list[Feature]) -> None:
    drawn = [
        {
            "type": "Feature",
            "geometry": feature["geometry"],
            "properties": {"id": index, "look": _look(feature), "caption": _caption(feature["properties"])},
        }
        for index, feature in enumerate(features)
    ]
    folium.GeoJson(
        {"type": "FeatureCollection", "features": drawn},
        style_function=lambda feature: {"className": feature["properties"]["look"], "weight": 1, "fillOpacity": 1},
        tooltip=folium.GeoJsonTooltip(fields=["caption"], labels=False),
    ).add_to(drawing)
    numbered = [feature for feature in features if _number(feature["properties"])]
    for feature in numbered if len(numbered) <= MOST_NUMBERS else []:
        (south, west), (north, east) = _bounds([feature])
        icon = folium.DivIcon(
            html=f"<span>{_number(feature['properties'])}</span>",
            icon_size=(0, 0),
            class_name=f"number size-{int(feature['properties']['size_m'])} {_look(feature)}",
        )
        folium.Marker([(south + north) / 2, (west + east) / 2], icon=icon, interactive=False).add_to(drawing)


def _look(feature: Feature) -> str:
    """Return the style classes of a cell: its state and, where it has a figure, its level."""
    state, level = CellState(feature["properties"]["state"]), feature["properties"]["level"]
    return f"cell {state}" if level is None else f"cell {state} {Level(level)}"


def _number(cell: dict[str, Any]) -> str:
    """Return the figure that stands on a cell; none on empty and on unseen ground."""
    if cell["state"] == "suppressed":
        return SUPPRESSED_NUMBER
    if not cell["people"]:
        return ""
    return f"{'≥ ' if cell['state'] == 'saturated' else ''}{cell['people']:.0f}"


def _caption(cell: dict[str, Any]) -> str:
    """Return one line that says all about a cell."""
    if cell["state"] == "unobserved":
        return "not seen"
    seen = f"{cell['observed_share']:.0%} seen, place within {cell['ce90_m']:.0f} m (9 of 10)"
    if cell["state"] == "suppressed":
        return f"too few people in {cell['size_m']:g} m for a figure; {seen}"
    bound = "at least " if cell["state"] == "saturated" else ""
    mean = f", on average {cell['people_mean']:.1f}" if "people_mean" in cell else ""
    age = "" if cell["age_s"] is None else f", {cell['age_s']:.0f} s old"
    return (
        f"{bound}{cell['people']:.0f} ± {cell['people_sigma']:.1f} people{mean}, "
        f"{cell['density_per_m2']:.2f} people/m² ({Level(cell['level'])}); {seen}{age}"
    )


def _heading(collection: dict[str, Any], summary: dict[str, Any], title: str) -> str:
    entries = "".join(f"<dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd>" for name, value in summary.items())
    return (
        f"<header><h1>{escape(title)}</h1><p class='total'>{total_text(collection)}</p>"
        f"<p>{escape(_remark(collection))}</p>{_legend()}<dl>{entries}</dl>"
        f'<svg width="0" height="0" aria-hidden="true"><defs>{svg_patterns()}</defs></svg></header>'
    )


def total_text(collection: dict[str, Any]) -> str:
    """Return the total as one sentence with its error, its bound and the share seen."""
    if not collection["observed_share"]:
        return f"nothing of the zone was seen, so nothing is known of people there, {escape(str(collection['utc']))}"
    states = [feature["properties"]["state"] for feature in collection["features"]]
    bound = "at least " if "saturated" in states else ""
    figure = f"{bound}{collection['people']:.0f} ± {collection['people_sigma']:.0f} people"
    share = f"over {collection['observed_share']:.0%} of the zone seen"
    if collection["covers_s"] is None:
        least, most = collection.get("suppressed_at_least"), collection.get("suppressed_at_most")
        hidden = f", and {least} to {most} more in cells of 1 to {collection.get('few_at_most', 4)}," if most else ""
        return f"{figure}{hidden} {share}, {escape(str(collection['utc']))}"
    over = f"in {collection['covers_s']:.0f} s until {escape(str(collection['utc']))}"
    if not collection["people"]:
        return f"fewer than 5 people at once on average {share}, {over}"
    return f"{figure} at once on average {share}, {over}"


def _remark(collection: dict[str, Any]) -> str:
    hidden = sum(feature["properties"]["state"] == "suppressed" for feature in collection["features"])
    if collection["covers_s"] is None:
        few = collection.get("few_at_most", 4)
        return f"Cells with 1 to {few} people have no figure and are not in the total: {hidden}."
    return f"Each cell shows its busiest moment. Cells that never held 5 people at once have no figure: {hidden}."


def _legend() -> str:
    rising = STANDARD_THRESHOLDS
    texts = {
        Level.FREE: f"free, under {rising.dense_per_m2:g}",
        Level.DENSE: f"dense, from {rising.dense_per_m2:g}",
        Level.WATCH: f"watch, from {rising.watch_per_m2:g}",
        Level.ALERT: f"alert, from {rising.alert_per_m2:g}",
        Level.CRITICAL: f"critical, from {rising.critical_per_m2:g}",
    }
    entries = [(f"observed {level.value}", text) for level, text in texts.items()]
    entries += [
        ("stale free", "stale (pale, dashed edge)"),
        ("suppressed", f"{SUPPRESSED_NUMBER} people, no figure"),
        ("unobserved", "not seen"),
    ]
    swatches = "".join(
        f'<span><svg width="22" height="16"><rect class="cell {look}" width="22" height="16"/></svg>{text}</span>'
        for look, text in entries
    )
    return f'<p class="legend"><b>people/m²</b> {swatches}</p>'


def _table(collection: dict[str, Any]) -> str:
    """Return the same cells as a table; unseen cells have nothing to tell and are counted in one line."""
    cells = [feature["properties"] for feature in collection["features"]]
    told = [cell for cell in cells if cell["state"] != "unobserved"]
    told.sort(key=lambda cell: -(cell["density_per_m2"] or 0.0))
    rows = "".join(
        f"<tr><td>{escape(cell['cell'])}</td><td>{escape(cell['state'])}</td><td>{_number(cell) or '0'}</td>"
        f"<td>{escape(_caption(cell))}</td></tr>"
        for cell in told
    )
    return (
        "<section><h2>The same cells as a table</h2><table><thead><tr><th>cell (size in m/east/north)</th>"
        f"<th>state</th><th>people</th><th>in words</th></tr></thead><tbody>{rows}</tbody></table>"
        f"<p>{len(cells) - len(told)} more cells were not seen.</p></section>"
    )


def _css() -> str:
    levels = "".join(
        f".cell.{level.value}{{fill:url(#level-{level.value});stroke:{swatch.fill}}}"
        f".number.{level.value} span{{color:{swatch.ink};text-shadow:0 0 3px {swatch.fill},0 0 3px {swatch.fill}}}"
        for level, swatch in DAY.items()
    )
    return (
        f"body{{display:flex;flex-direction:column;background:{PAGE};color:{INK};"
        'font:14px/1.45 "Segoe UI",Roboto,Ubuntu,"Noto Sans","DejaVu Sans Condensed",sans-serif;'
        "font-variant-numeric:tabular-nums}"
        f"header,section{{padding:12px 16px;background:{SURFACE}}}section{{order:3}}"
        f".folium-map{{order:2;flex:none;background:{GROUND}}}.leaflet-container{{background:{GROUND}}}"
        "h1{font-size:22px;margin:0}h2{font-size:16px;margin:0 0 8px}p{margin:4px 0}.total{font-size:22px}"
        f"dl{{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;color:{SECOND_INK}}}dd{{margin:0}}"
        ".legend span{display:inline-flex;gap:6px;align-items:center;margin-right:14px}"
        "table{border-collapse:collapse}th,td{text-align:left;padding:3px 16px 3px 0;"
        f"border-bottom:1px solid {GROUND_EDGE}}}"
        f".cell{{stroke:{CONTROL_EDGE};stroke-width:1;fill-opacity:1}}.cell.unobserved{{fill:url(#unseen);stroke:none}}"
        f".cell.suppressed{{fill:none;pointer-events:all;stroke-dasharray:2 3;stroke:{INK}}}"
        f".cell.stale{{fill-opacity:.5;stroke-dasharray:5 4}}.cell.saturated{{stroke:{INK};stroke-width:2}}"
        f"{levels}.number span{{position:absolute;transform:translate(-50%,-50%);white-space:nowrap;font-weight:700}}"
        ".hide-5 .size-5,.hide-10 .size-10,.hide-20 .size-20{display:none}"
    )


def _leaflet_text(name: str) -> str:
    return (Path(leaflet.BASE_DIR) / name).read_text(encoding="utf-8")


def _leaflet_css() -> str:
    """Return Leaflet's style without its pictures, which nothing here shows, and without its remarks."""
    style = re.sub(r"/\*.*?\*/", "", _leaflet_text("leaflet.css"), flags=re.DOTALL)
    return re.sub(r"url\([^)]*\)", "none", style)


def _leaflet_js() -> str:
    """Return Leaflet's script without the addresses it would link to, and without its marker pictures."""
    script = re.sub(r"//# sourceMappingURL=\S*", "", _leaflet_text("leaflet.js"))
    no_picture = "L.Marker.prototype.options.icon = L.divIcon({className: 'none'});"
    return script.replace("https://leafletjs.com", "leafletjs.com") + no_picture
