"""The light of a training picture: sun, cloud, haze, dusk or warmth, and how a camera develops it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import numpy as np

from sitl.picture.sensor import CONTRAST_LIMIT
from sitl.world.look import LIGHTS, PALETTES, Light, Palette
from sitl.world.world import Sun

Weather = Literal["day", "overcast", "haze", "dusk", "thermal"]
WeatherChoice = Literal["day", "overcast", "haze", "dusk", "thermal", "mixed"]

WEATHERS: Final[tuple[Weather, ...]] = get_args(Weather)
MIXED: Final[dict[Weather, float]] = {"day": 0.46, "overcast": 0.20, "haze": 0.09, "dusk": 0.11, "thermal": 0.14}
WORLD_SHARES: Final = (0.6, 0.2, 0.2)
"""Of the lights that worlds know, where they are mixed."""
HAZY_SHARE: Final = (0.15, 0.5)
"""Of haze in the light from the middle of a hazy picture."""
CLEAR_SHARE: Final = (0.0, 0.08)
BLUE_SHADOW: Final = 0.10
"""Sky lights shadows: they lose so much less of blue and more of red."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """Light, air and camera of one picture."""

    weather: Weather
    light: Light
    """As the simulator's look calls it."""
    sun: Sun
    palette: Palette
    visibility_m: float
    shadow_soft_m: float
    """How wide the edge of a shadow is."""
    body_light: float
    """Factor on people: some cameras expose for pale ground."""
    lamps: bool


def weather_from(rng: np.random.Generator, choice: WeatherChoice) -> Weather:
    """Return the weather asked for, or draw one."""
    if choice == "mixed":
        return WEATHERS[int(rng.choice(len(WEATHERS), p=[MIXED[one] for one in WEATHERS]))]
    return choice


def light_of_world(rng: np.random.Generator, choice: WeatherChoice) -> Light:
    """Return the light asked for of a world, or draw one; worlds know neither clouds nor a haze of their own."""
    if choice == "mixed":
        return LIGHTS[int(rng.choice(len(LIGHTS), p=WORLD_SHARES))]
    return "day" if choice == "overcast" or choice == "haze" else choice


def air_from(rng: np.random.Generator, weather: Weather, range_m: float) -> Air:
    """Draw the air of a weather, for a picture whose middle is so far away."""
    light: Light = weather if weather in {"dusk", "thermal"} else "day"
    hazy = float(rng.uniform(*(HAZY_SHARE if weather == "haze" else CLEAR_SHARE)))
    elevation_deg = float(rng.uniform(18, 75) if rng.random() < 0.7 else rng.uniform(55, 75))
    return Air(
        weather=weather,
        light=light,
        sun=Sun(bearing_deg=float(rng.uniform(0, 360)), elevation_deg=elevation_deg),
        palette=_palette(rng, weather, light),
        visibility_m=float(np.clip(CONTRAST_LIMIT * range_m / -math.log(1 - max(hazy, 1e-3)), 30, 50_000)),
        shadow_soft_m=float(rng.uniform(0.25, 0.5) if weather == "overcast" else rng.uniform(0.01, 0.08)),
        body_light=float(np.exp(rng.normal(0.12, 0.2))),
        lamps=weather == "dusk" and bool(rng.random() < 0.45),
    )


def _palette(rng: np.random.Generator, weather: Weather, light: Light) -> Palette:
    """Return what the weather does to colours: white balance, exposure, contrast, grain."""
    usual = PALETTES[light]
    if weather == "thermal":
        gain = float(rng.uniform(0.8, 1.2))
        return replace(usual, gain_bgr=(gain, gain, gain), gamma=float(rng.uniform(0.8, 1.3)),
                       noise_sigma=float(rng.uniform(1, 5)), softness_px=float(rng.uniform(0.5, 1.4)))  # fmt: skip
    exposure = float(np.exp(rng.normal(0.02, 0.13)))
    white = np.exp(rng.normal(0, (0.05, 0.015, 0.05)))
    blue, green, red = (float(old * exposure * part) for old, part in zip(usual.gain_bgr, white, strict=True))
    depth = {"overcast": (0.0, 0.12), "haze": (0.15, 0.4), "dusk": (0.0, 0.35)}.get(weather, (0.35, 0.78))
    air = rng.uniform(165, 225) if light == "day" else rng.uniform(60, 130)
    haze = np.clip(air * np.exp(rng.normal(0, 0.03, 3)), 0, 255)
    return Palette(
        gain_bgr=(blue, green, red),
        gamma=usual.gamma * float(np.exp(rng.normal(0.03, 0.1))),
        shadow_depth=float(rng.uniform(*depth)),
        contact_depth=float(rng.uniform(0.3, 0.55)),
        haze_bgr=(float(haze[0]), float(haze[1]), float(haze[2])),
        noise_sigma=float(rng.uniform(0.4, 3.5) if light == "day" else rng.uniform(2, 8)),
        softness_px=0.0,
    )
