"""GeoPackage 1.3 (OGC 12-128r17): SQLite with the tables that the standard names, written by the standard library."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Final

import shapely

from groundstation.exports.rows import (
    CELL_FIELDS,
    FLOW_FIELDS,
    TOTAL_FIELDS,
    Export,
    Place,
    Row,
    cell_rows,
    flow_rows,
    total_row,
)

_APPLICATION_ID: Final = int.from_bytes(b"GPKG", "big")
_VERSION: Final = 10300
_SRS: Final = 4326
_WGS84: Final = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]'
)
_TABLES: Final = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
    description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
    srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
"""
_SYSTEMS: Final = (
    ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", None),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", None),
    ("WGS 84", _SRS, "EPSG", _SRS, _WGS84, "longitude, latitude in degrees"),
)
_TYPES: Final = {str: "TEXT", int: "INTEGER", float: "DOUBLE"}
_HEAD: Final = struct.Struct("<BBi")
"""Version, flags, reference system."""


def geopackage(export: Export) -> bytes:
    """Return the map as a GeoPackage: layers `cells` and `flows`, and a table `map` of one row with the totals."""
    changed = export.exported_utc
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        base.execute(f"PRAGMA user_version = {_VERSION}")
        base.executescript(_TABLES)
        base.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", _SYSTEMS)
        _add_layer(base, "cells", "POLYGON", CELL_FIELDS, list(cell_rows(export.document)), changed)
        _add_layer(base, "flows", "POINT", FLOW_FIELDS, list(flow_rows(export.document)), changed)
        _add_totals(base, export)
        base.commit()
        return base.serialize()


def _add_layer(
    base: sqlite3.Connection, name: str, kind: str, fields: Mapping[str, type], rows: list[Row], changed: str
) -> None:
    columns = ", ".join(f'"{field}" {_TYPES[type_]}' for field, type_ in fields.items())
    base.execute(f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom {kind}, {columns})')
    _add_contents(base, name, "features", changed, _extent(place for row in rows for place in row.places))
    base.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (name, kind, _SRS))
    values = [(_geometry(row.places), *(row.values[field] for field in fields)) for row in rows]
    base.executemany(_insert(name, ("geom", *fields)), values)


def _add_totals(base: sqlite3.Connection, export: Export) -> None:
    columns = ", ".join(f'"{field}" {_TYPES[type_]}' for field, type_ in TOTAL_FIELDS.items())
    base.execute(f"CREATE TABLE map (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {columns})")
    _add_contents(base, "map", "attributes", export.exported_utc, (None,) * 4)
    total = total_row(export)
    base.execute(_insert("map", tuple(TOTAL_FIELDS)), [total[field] for field in TOTAL_FIELDS])


def _insert(name: str, fields: tuple[str, ...]) -> str:
    """Return the statement that fills fields; all names are this module's own."""
    names = ", ".join(f'"{field}"' for field in fields)
    return f'INSERT INTO "{name}" ({names}) VALUES ({", ".join("?" * len(fields))})'  # noqa: S608


def _add_contents(
    base: sqlite3.Connection, name: str, kind: str, changed: str, extent: tuple[float | None, ...]
) -> None:
    srs = _SRS if kind == "features" else None
    base.execute(
        "INSERT INTO gpkg_contents VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, ?)", (name, kind, name, changed, *extent, srs)
    )


def _extent(places: Iterable[Place]) -> tuple[float | None, ...]:
    there = list(places)
    if not there:
        return (None,) * 4
    lons, lats = zip(*there, strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def _geometry(places: tuple[Place, ...]) -> bytes:
    """Return GeoPackage binary (2.1.3): magic, version 0, little endian without envelope, then well-known binary."""
    shape = shapely.Point(places[0]) if len(places) == 1 else shapely.Polygon(places)
    return b"GP" + _HEAD.pack(0, 1, _SRS) + bytes(shapely.to_wkb(shape, byte_order=1))
