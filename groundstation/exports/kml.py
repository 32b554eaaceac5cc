"""KML 2.2 (OGC 07-147r2): a folder of cells in the colours of their levels, a folder of flows, the total in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree as ET

from groundstation.exports.rows import Export, Row, Value, cell_rows, flow_rows, total_row

_NAMESPACE: Final = "http://www.opengis.net/kml/2.2"
_FILLS: Final = {
    "free": "C9E6E0",
    "dense": "F0CF5E",
    "watch": "EA9A35",
    "alert": "C2401A",
    "critical": "620C3C",
}
"""The day palette of the page, red green blue."""
_OPAQUE, _HALF = "CC", "66"


def kml(export: Export) -> bytes:
    """Return the map as KML, UTF-8."""
    root = ET.Element("kml", xmlns=_NAMESPACE)
    document = ET.SubElement(root, "Document")
    total = total_row(export)
    _text(document, "name", f"{'EXERCISE ' if export.is_exercise else ''}{export.station} {total['map_utc'] or ''}")
    _text(document, "description", total_text(total))
    _add_styles(document)
    _add_fields(document, total)
    cells = ET.SubElement(document, "Folder")
    _text(cells, "name", "cells")
    for row in cell_rows(export.document):
        _add_cell(cells, row)
    flows = ET.SubElement(document, "Folder")
    _text(flows, "name", "flows")
    for row in flow_rows(export.document):
        _add_flow(flows, row)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def total_text(total: Mapping[str, Value]) -> str:
    """Return "x ± e people over y % seen"; no figure where there is none."""
    share = total["observed_share"]
    seen = "share seen unknown" if share is None else f"over {100 * float(share):.0f} % seen"
    if total["people"] is None:
        return f"no total, {seen}"
    error = "error unknown" if total["people_sigma"] is None else f"± {float(total['people_sigma']):.0f}"
    return f"{float(total['people']):.0f} people {error}, {seen}"


def _add_styles(document: ET.Element) -> None:
    styles = {level: (colour, _OPAQUE) for level, colour in _FILLS.items()}
    styles |= {f"{level}_stale": (colour, _HALF) for level, colour in _FILLS.items()}
    for name, (colour, opacity) in {**styles, "unseen": ("8F8F8F", "33"), "suppressed": ("8F8F8F", "00")}.items():
        style = ET.SubElement(document, "Style", id=name)
        edge = ET.SubElement(style, "LineStyle")
        _text(edge, "color", "ff767676")
        _text(ET.SubElement(style, "PolyStyle"), "color", f"{opacity}{colour[4:]}{colour[2:4]}{colour[:2]}".lower())


def _add_cell(folder: ET.Element, row: Row) -> None:
    placemark = ET.SubElement(folder, "Placemark")
    _text(placemark, "name", cell_text(row.values))
    _text(placemark, "styleUrl", f"#{_style(row.values)}")
    _add_fields(placemark, row.values)
    ring = ET.SubElement(ET.SubElement(ET.SubElement(placemark, "Polygon"), "outerBoundaryIs"), "LinearRing")
    _text(ring, "coordinates", " ".join(f"{lon},{lat}" for lon, lat in row.places))


def _style(values: Mapping[str, Value]) -> str:
    if values["level"] not in _FILLS:
        return "suppressed" if values["state"] == "suppressed" else "unseen"
    return f"{values['level']}_stale" if values["state"] == "stale" else str(values["level"])


def cell_text(values: Mapping[str, Value]) -> str:
    """Return what a cell says in short: its density with error, age or bound, or why there is none."""
    density = values["density_per_m2"]
    if values["state"] == "suppressed":
        return f"{values['people_at_least']} to {values['people_at_most']} people"
    if density is None:
        return "not seen"
    if values["state"] == "saturated":
        return f"at least {float(density):.1f}/m2"
    error = values["density_sigma_per_m2"]
    sure = "error unknown" if error is None else f"± {float(error):.1f}"
    age = f", {values['age_s']} s old" if values["state"] == "stale" else ""
    return f"{float(density):.1f} {sure} people/m2{age}"


def _add_flow(folder: ET.Element, row: Row) -> None:
    placemark = ET.SubElement(folder, "Placemark")
    _text(placemark, "name", f"{row.values['speed_m_s']} ± {row.values['sigma_m_s']} m/s")
    _add_fields(placemark, row.values)
    lon, lat = row.places[0]
    _text(ET.SubElement(placemark, "Point"), "coordinates", f"{lon},{lat}")


def _add_fields(parent: ET.Element, values: Mapping[str, Value]) -> None:
    data = ET.SubElement(parent, "ExtendedData")
    for name, value in values.items():
        _text(ET.SubElement(data, "Data", name=name), "value", "" if value is None else str(value))


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
