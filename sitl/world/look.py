"""The light of a simulated world: `[look]` in a world file, and what each light does to a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from flightlink.toml_fields import TableReader

Light = Literal["day", "dusk", "thermal"]
Bgr = tuple[float, float, float]

LIGHTS: Final[tuple[Light, ...]] = get_args(Light)
VISIBILITY_M: Final = (100.0, 100_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the world looks, apart from what is in it."""

    light: Light = "day"
    visibility_m: float = 4000.0
    """Meteorological: where haze leaves 2 % of the contrast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """What a light does to colours, shadows and the sensor."""

    gain_bgr: Bgr
    gamma: float
    shadow_depth: float
    """Share of the light that the sun's shadow takes away."""
    contact_depth: float
    """The same right below a body."""
    haze_bgr: Bgr
    noise_sigma: float
    softness_px: float
    """Sigma of the lens's blur; 0 for none beyond that of sampling."""
    is_thermal: bool = False


# day has a hazy sun: a clear one hides more people in the shadows of others (recall in an audience .51 beside .56)
PALETTES: Final[dict[Light, Palette]] = {
    "day": Palette(
        gain_bgr=(1, 1, 1), gamma=1.0, shadow_depth=0.40, contact_depth=0.52, haze_bgr=(206, 206, 206),
        noise_sigma=2.0, softness_px=0.0,
    ),
    "dusk": Palette(
        gain_bgr=(0.50, 0.57, 0.68), gamma=1.25, shadow_depth=0.30, contact_depth=0.45, haze_bgr=(120, 112, 118),
        noise_sigma=4.5, softness_px=0.0,
    ),
    # what the sun heats cools slowly: shadows are faint
    "thermal": Palette(
        gain_bgr=(1, 1, 1), gamma=1.0, shadow_depth=0.06, contact_depth=0.0, haze_bgr=(70, 70, 70),
        noise_sigma=2.6, softness_px=0.9, is_thermal=True,
    ),
}  # fmt: skip


def look_plan(reader: TableReader | None) -> Look:
    """Return the look of a `[look]` table, or plain day where there is none.

    Raises:
        WorldError: one line with file, field and how to mend it.
    """
    if reader is None:
        return Look()
    light: str = Look().light
    if "light" in reader.table:
        mend = f"expected one of {', '.join(LIGHTS)}"
        light = reader.text("light", mend)
        if light not in LIGHTS:
            raise reader.fault("light", f"is {light!r}", mend)
    visibility_m = Look().visibility_m
    if "visibility_m" in reader.table:
        mend = "expected metres, 100 to 100000, for instance 4000"
        visibility_m = reader.number("visibility_m", mend)
        if not VISIBILITY_M[0] <= visibility_m <= VISIBILITY_M[1]:
            raise reader.fault("visibility_m", f"is {visibility_m:g}", mend)
    return Look(light=cast("Light", light), visibility_m=visibility_m)
