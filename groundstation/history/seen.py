"""When a place was seen, and by which cameras, out of published maps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from groundstation.history.record import utc_ns_of
from groundstation.instants import NS_PER_S, text_from_utc_ns

SIZES_M: Final = (5, 10, 20)
"""Sides of the cells of a published map."""
MOST_MAPS: Final = 120
"""Looked through for one answer."""
_LARGEST_INDEX: Final = 10**8


class Square(NamedTuple):
    """One square of the mission grid, as a map names it."""

    size_m: int
    east_index: int
    north_index: int

    @property
    def name(self) -> str:
        """The square as text, for instance `10/44821/683310`."""
        return f"{self.size_m}/{self.east_index}/{self.north_index}"


class Look(NamedTuple):
    """What one map tells of a place."""

    utc_ns: int
    observed_share: float
    """Of the place's ground; 0: not seen."""
    seen_utc_ns: int | None
    """When a camera saw it last."""
    sources: frozenset[str]


def cell_from_name(name: str) -> Square:
    """Return the cell of a name, for instance `10/44821/683310`.

    Raises:
        ValueError: it is no name of a cell.
    """
    parts = name.split("/")
    if len(parts) == len(Square._fields) and all(_is_index(part) for part in parts):
        cell = Square(*(int(part) for part in parts))
        if cell.size_m in SIZES_M:
            return cell
    raise ValueError(f"cell {name[:40]!r} is no cell; write for instance 10/44821/683310")


def _is_index(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and int(digits[:10]) < _LARGEST_INDEX and len(digits) < len("1" * 10)


def overlapping(cell: Square) -> dict[str, float]:
    """Return the names of the cells that cover a cell or lie in it, each with the share of its ground that it holds."""
    held = {}
    for size_m in SIZES_M:
        if size_m >= cell.size_m:
            times = size_m // cell.size_m
            held[Square(size_m, cell.east_index // times, cell.north_index // times).name] = 1.0
        else:
            times = cell.size_m // size_m
            held |= {
                Square(size_m, cell.east_index * times + east, cell.north_index * times + north).name: 1 / times**2
                for east in range(times)
                for north in range(times)
            }
    return held


def is_in(document: dict[str, Any], cell: Square) -> bool:
    """Say whether a published map has ground of the cell: outside the mission's area it has none."""
    names = overlapping(cell)
    return any(feature["properties"]["cell"] in names for feature in document["features"])


def look(document: dict[str, Any], cell: Square) -> Look:
    """Return what a published map tells of a place."""
    utc_ns, names = utc_ns_of(document), overlapping(cell)
    here = [feature["properties"] for feature in document["features"] if feature["properties"]["cell"] in names]
    seen = [one for one in here if one["state"] != "unobserved" and one["observed_share"] > 0]
    share = sum(one["observed_share"] * names[one["cell"]] for one in seen)
    ages = [one["age_s"] for one in seen if one["age_s"] is not None]
    return Look(
        utc_ns=utc_ns,
        observed_share=min(1.0, share),
        seen_utc_ns=utc_ns - round(min(ages) * NS_PER_S) if ages else None,
        sources=frozenset(name for one in seen for name in one["sources"]),
    )


def seen_document(cell: Square, epsg: int, documents: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return when a place was seen; maps of another grid tell nothing of it.

    Args:
        cell: the place.
        epsg: of the grid that its name belongs to.
        documents: published maps, oldest first.
    """
    looks = [look(document, cell) for document in documents if document["epsg"] == epsg]
    last_ns = max((one.seen_utc_ns for one in looks if one.seen_utc_ns is not None), default=None)
    return {
        "type": "Seen",
        "cell": cell.name,
        "from_utc": text_from_utc_ns(looks[0].utc_ns) if looks else None,
        "to_utc": text_from_utc_ns(looks[-1].utc_ns) if looks else None,
        "last_seen_utc": None if last_ns is None else text_from_utc_ns(last_ns),
        "looks": [
            {"utc": text_from_utc_ns(one.utc_ns), "observed_share": round(one.observed_share, 4)} for one in looks
        ],
        "sources": _sources(looks),
    }


def _sources(looks: Sequence[Look]) -> list[dict[str, Any]]:
    """Return each camera with when it was last among those who saw the place, newest first."""
    last_ns = {name: one.utc_ns for one in looks for name in sorted(one.sources)}
    rows = sorted(last_ns.items(), key=lambda row: (-row[1], row[0]))
    return [{"name": name, "last_utc": text_from_utc_ns(utc_ns)} for name, utc_ns in rows]
