"""Colours, inks and patterns of the five levels (day), shared by everything that is drawn on paper or in a report.

Level shows four ways: hue, lightness, pattern, number. Diagonal hatch means unseen and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from maps.levels import Level

SURFACE: Final = "#FFFFFF"
PAGE: Final = "#F1F1F1"
INK: Final = "#161616"
SECOND_INK: Final = "#4A4A4A"
CONTROL_EDGE: Final = "#767676"
GROUND: Final = "#E6E6E6"
GROUND_EDGE: Final = "#ADADAD"
HATCH: Final = "#8F8F8F"


@dataclass(frozen=True, slots=True, kw_only=True)
class Swatch:
    """How one level looks."""

    fill: str
    ink: str
    """Of numbers on the fill; contrast 5 or more."""
    pattern: str
    """SVG shapes in the ink at half opacity, inside a tile of `tile_px`; empty for plain."""
    tile_px: float


DAY: Final = {
    Level.FREE: Swatch(fill="#C9E6E0", ink="#161616", pattern="", tile_px=11),
    Level.DENSE: Swatch(fill="#F0CF5E", ink="#161616", pattern='<circle cx="5.5" cy="5.5" r="1.3"/>', tile_px=11),
    Level.WATCH: Swatch(fill="#EA9A35", ink="#161616", pattern='<circle cx="2.75" cy="2.75" r="1.1"/>', tile_px=5.5),
    Level.ALERT: Swatch(fill="#C2401A", ink="#FFFFFF", pattern='<rect y="2.5" width="6" height="1.5"/>', tile_px=6),
    Level.CRITICAL: Swatch(fill="#620C3C", ink="#FFFFFF", pattern='<path d="M0 0H6V1.2H1.2V6H0Z"/>', tile_px=6),
}


def svg_patterns() -> str:
    """Return SVG pattern definitions `level-NAME` for each level and `unseen` for the hatch."""
    levels = "".join(_level_pattern(level, swatch) for level, swatch in DAY.items())
    hatch = (
        '<pattern id="unseen" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path d="M0 0V7" stroke="{HATCH}" stroke-width="1.6"/></pattern>'
    )
    return levels + hatch


def _level_pattern(level: Level, swatch: Swatch) -> str:
    tile = swatch.tile_px
    return (
        f'<pattern id="level-{level.value}" width="{tile}" height="{tile}" patternUnits="userSpaceOnUse">'
        f'<rect width="{tile}" height="{tile}" fill="{swatch.fill}"/>'
        f'<g fill="{swatch.ink}" fill-opacity="0.5">{swatch.pattern}</g></pattern>'
    )
