"""The published map as a picture (PNG), for a message or a slide: figures, errors, what is not seen, and of when it is.

Cells are squares of the mission's grid, so the picture is the plane of its metric CRS, grid north up. The words are of
the letters that the font of Pillow has, in French and English side by side: a picture is passed on.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from groundstation.exports.picture_marks import DASHES, STALE_OPACITY, Box, dashed, filled, hatched, put
from groundstation.exports.rows import Export
from maps.levels import Level
from maps.palette import CONTROL_EDGE, DAY, GROUND, INK, PAGE, SECOND_INK, SURFACE

WIDE_PX: Final = 1600
HIGH_PX: Final = 1200
TOP_PX: Final = 110
LEGEND_PX: Final = 124
MARGIN_PX: Final = 40
MOST_PX_PER_M: Final = 16
NUMBER_FROM_PX: Final = 22
ERROR_FROM_PX: Final = 44
BORDER_PX: Final = 12
STRIPE_PX: Final = 24
LEVEL_WORDS: Final = {
    Level.FREE: "libre / free < 1", Level.DENSE: "dense 1-2", Level.WATCH: "veille / watch 2-3.5",
    Level.ALERT: "alerte / alert 3.5-5", Level.CRITICAL: "critique / critical >= 5",
}  # fmt: skip


class _View(NamedTuple):
    """Where the grid lies in the picture."""

    west_m: float
    north_m: float
    px_per_m: float
    left_px: float
    top_px: float

    def box(self, size_m: int, east: int, north: int) -> Box:
        """Return left, top, right and bottom of a cell, whole pixels; neighbours share an edge."""
        left, right = (self.left_px + (size_m * one - self.west_m) * self.px_per_m for one in (east, east + 1))
        top, bottom = (self.top_px + (self.north_m - size_m * one) * self.px_per_m for one in (north + 1, north))
        return round(left), round(top), round(right), round(bottom)


def picture(export: Export) -> bytes:
    """Return the map as a PNG."""
    image = Image.new("RGB", (WIDE_PX, HIGH_PX), PAGE)
    draw = ImageDraw.Draw(image)
    cells = [one["properties"] for one in export.document["features"]]
    if cells:
        view = _view([_indices(cell) for cell in cells])
        for cell in sorted(cells, key=lambda one: one["state"] != "unobserved"):
            _paint(image, draw, cell, view.box(*_indices(cell)), few=export.document["few_at_most"])
        _scale(draw, view.px_per_m)
    _head(draw, export)
    _legend(image, draw, few=export.document["few_at_most"])
    if export.is_exercise:
        _border(image, draw)
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True)
    return out.getvalue()


def _indices(cell: Mapping[str, Any]) -> tuple[int, int, int]:
    size_m, east, north = (int(part) for part in cell["cell"].split("/"))
    return size_m, east, north


def _view(cells: list[tuple[int, int, int]]) -> _View:
    west, east = min(size * e for size, e, _ in cells), max(size * (e + 1) for size, e, _ in cells)
    south, north = min(size * n for size, _, n in cells), max(size * (n + 1) for size, _, n in cells)
    room_px = WIDE_PX - 2 * MARGIN_PX, HIGH_PX - TOP_PX - LEGEND_PX - 2 * MARGIN_PX
    px_per_m = min(room_px[0] / (east - west), room_px[1] / (north - south), MOST_PX_PER_M)
    return _View(
        west_m=west,
        north_m=north,
        px_per_m=px_per_m,
        left_px=(WIDE_PX - (east - west) * px_per_m) / 2,
        top_px=TOP_PX + MARGIN_PX + (room_px[1] - (north - south) * px_per_m) / 2,
    )


def _paint(image: Image.Image, draw: ImageDraw.ImageDraw, cell: Mapping[str, Any], box: Box, *, few: int) -> None:
    """Draw a cell by its state, as the page does: unseen is hatched, and nothing seen looks empty."""
    left, top, right, bottom = box
    high, wide = max(1, bottom - top), max(1, right - left)
    state, level = cell["state"], None if cell["level"] is None else Level(cell["level"])
    if state == "unobserved" or (state == "suppressed" and cell["observed_share"] < STALE_OPACITY):
        put(image, hatched(high, wide), left, top)
    elif level is None:
        draw.rectangle(box, fill=GROUND)
    else:
        put(image, filled(level, high, wide, opacity=STALE_OPACITY if state == "stale" else 1.0), left, top)
    draw.rectangle(box, outline=GROUND)
    inner = (left + 2, top + 2, right - 2, bottom - 2)
    if state in DASHES:
        dashed(draw, inner, SECOND_INK, DASHES[state])
    if state == "saturated" and level is not None:
        draw.rectangle((left + 3, top + 3, right - 3, bottom - 3), outline=DAY[level].ink, width=2)
    if wide >= NUMBER_FROM_PX:
        _write(draw, _lines(cell, few), box, level, is_pale=state == "stale")


def _lines(cell: Mapping[str, Any], few: int) -> list[str]:
    """Return the figure of a cell, and its error, age or bound."""
    if cell["state"] == "suppressed":
        return [f"1-{few}"]
    if cell["density_per_m2"] is None:
        return []
    density = cell["density_per_m2"]
    # a bound is rounded down, or it would be none
    figure = f">={math.floor(density * 10 + 1e-9) / 10:.1f}" if cell["state"] == "saturated" else f"{density:.1f}"
    if cell["state"] == "stale" and cell["age_s"] is not None:
        return [figure, f"{cell['age_s']:.0f} s"]
    ground_m2 = cell["size_m"] ** 2 * cell["observed_share"]
    sigma = None if cell["people_sigma"] is None or not ground_m2 else cell["people_sigma"] / ground_m2
    return [figure] if sigma is None else [figure, f"±{max(0.1, math.ceil(sigma * 10 - 1e-9) / 10):.1f}"]


def _write(draw: ImageDraw.ImageDraw, lines: list[str], box: Box, level: Level | None, *, is_pale: bool) -> None:
    left, top, right, bottom = box
    wide = right - left
    shown = lines if wide >= ERROR_FROM_PX else lines[:1]
    ink, halo = (SECOND_INK, GROUND) if level is None else (DAY[level].ink, DAY[level].fill)
    # on pale ground the light ink of high levels could not be read
    ink, halo = (INK, GROUND) if is_pale else (ink, halo)
    sizes = [min(30.0, wide * (0.42 if len(line) < 4 else 0.3)) for line in shown]
    sizes = [size if row == 0 else size * 0.62 for row, size in enumerate(sizes)]
    v = (top + bottom - sum(sizes)) / 2
    for line, size in zip(shown, sizes, strict=True):
        at = ((left + right) / 2, v + size / 2)
        draw.text(at, line, fill=ink, font=_font(size), anchor="mm", stroke_width=2, stroke_fill=halo)
        v += size


def _font(size_px: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)


def _head(draw: ImageDraw.ImageDraw, export: Export) -> None:
    """Write the total with its error and the share seen, of what station, of when."""
    document = export.document
    draw.rectangle((0, 0, WIDE_PX, TOP_PX), fill=SURFACE)
    seen = document["people"] is not None and document["observed_share"] > 0
    total = f"{document['people']:.0f}" if seen else "-"
    draw.text((MARGIN_PX, 62), total, fill=INK, font=_font(58), anchor="lm", stroke_width=1, stroke_fill=INK)
    left = MARGIN_PX + 18 + draw.textlength(total, font=_font(58))
    error = f"±{math.ceil(document['people_sigma'] or 0)} " if seen else ""
    share = f"{100 * document['observed_share']:.0f} % de la zone vu / of the area seen"
    draw.text((left, 46), f"{error}personnes / people", fill=INK, font=_font(26), anchor="lm")
    draw.text((left, 80), share, fill=SECOND_INK, font=_font(24), anchor="lm")
    frozen = ", FIN / ENDED" if document.get("frozen") else ""
    utc = str(document.get("utc") or "")[:19].replace("T", " ")
    draw.text((WIDE_PX - MARGIN_PX, 46), f"{utc} UTC{frozen}", fill=INK, font=_font(26), anchor="rm")
    draw.text((WIDE_PX - MARGIN_PX, 80), _plain(export.station)[:60], fill=SECOND_INK, font=_font(24), anchor="rm")


def _plain(text: str) -> str:
    """Return a name in the letters that the font has."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if letter.isascii() and letter.isprintable())


def _legend(image: Image.Image, draw: ImageDraw.ImageDraw, *, few: int) -> None:
    top = HIGH_PX - LEGEND_PX
    draw.rectangle((0, top, WIDE_PX, HIGH_PX), fill=SURFACE)
    draw.text((MARGIN_PX, top + 20), "personnes / people per m2", fill=SECOND_INK, font=_font(18), anchor="lm")
    for place, (level, words) in enumerate(LEVEL_WORDS.items()):
        left = MARGIN_PX + place * 240
        put(image, filled(level, 26, 40), left, top + 38)
        draw.text((left + 50, top + 51), words, fill=INK, font=_font(18), anchor="lm")
    states = {"non vu / unseen": None, "ancien, age / stale": "stale", f"trop peu 1-{few} / few": "suppressed"}
    for place, (words, state) in enumerate(states.items()):
        left = MARGIN_PX + place * 300
        box = (left, top + 72, left + 40, top + 98)
        put(image, hatched(26, 40) if state is None else filled(Level.FREE, 26, 40, opacity=STALE_OPACITY), *box[:2])
        if state == "suppressed":
            draw.rectangle(box, fill=GROUND)
        if state is not None:
            dashed(draw, box, SECOND_INK, DASHES[state])
        draw.text((left + 50, top + 85), words, fill=INK, font=_font(18), anchor="lm")
    draw.text((MARGIN_PX + 900, top + 85), ">= au moins / at least (a bound)", fill=INK, font=_font(18), anchor="lm")


def _scale(draw: ImageDraw.ImageDraw, px_per_m: float) -> None:
    """Draw a bar of a round length, and north."""
    length_m = next((one for one in (200, 100, 50, 20, 10) if one * px_per_m <= 300), 5)
    right, v = WIDE_PX - MARGIN_PX, HIGH_PX - LEGEND_PX - 14
    left = right - length_m * px_per_m
    draw.line([(left, v - 8), (left, v), (right, v), (right, v - 8)], fill=INK, width=3)
    draw.text(((left + right) / 2, v - 16), f"{length_m} m", fill=INK, font=_font(18), anchor="mm")
    draw.line([(left - 40, v), (left - 40, v - 28)], fill=INK, width=3)
    draw.polygon([(left - 48, v - 24), (left - 32, v - 24), (left - 40, v - 40)], fill=INK)
    draw.text((left - 40, v - 52), "N", fill=INK, font=_font(18), anchor="mm")


def _border(image: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    """Put the stripes of an exercise about everything, and the word."""
    stripes = Image.new("RGB", image.size, SURFACE)
    drawn = ImageDraw.Draw(stripes)
    for left in range(-HIGH_PX, WIDE_PX, 2 * STRIPE_PX):
        below, above = (left, left + STRIPE_PX), (left + STRIPE_PX + HIGH_PX, left + HIGH_PX)
        drawn.polygon([(u, HIGH_PX) for u in below] + [(u, 0) for u in above], fill=INK)
    inside = (BORDER_PX, BORDER_PX, WIDE_PX - BORDER_PX, HIGH_PX - BORDER_PX)
    stripes.paste(image.crop(inside), inside[:2])
    image.paste(stripes)
    middle = WIDE_PX / 2
    draw.rectangle((middle - 210, 0, middle + 210, 34), fill=INK, outline=CONTROL_EDGE)
    draw.text((middle, 17), "EXERCICE / EXERCISE", fill=SURFACE, font=_font(24), anchor="mm")
