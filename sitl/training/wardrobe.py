"""What people in training pictures wear: more colours than the simulator's street, prints, hats, bare legs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.picture.sprite_set import STANDING, Sprite, SpriteSet
from sitl.picture.tints import BOTTOM_GREY, BRIGHT, DARK, JEANS, MIDDLE, PALE, TOP_GREY, TROUSERS, Colour, dyed

Bytes = NDArray[np.uint8]
Print = Literal["plain", "stripes", "hoops", "checks", "badge", "vest"]
Hat = Literal["none", "cap", "brim"]

OUTFITS: Final = 360
SKINS: Final[tuple[Colour, ...]] = ((0.50, 0.31, 0.23), (0.42, 0.25, 0.18), (0.33, 0.19, 0.13), (0.16, 0.09, 0.06))
"""As the figures were rendered, lightest first."""
SKIN_NAMES: Final = ("light", "medium", "tan", "dark")
WHITES: Final[tuple[Colour, ...]] = ((0.80, 0.80, 0.79), (0.72, 0.70, 0.66), (0.85, 0.84, 0.80))
SIGNALS: Final[tuple[Colour, ...]] = (
    (0.55, 0.72, 0.05), (0.80, 0.25, 0.03), (0.75, 0.05, 0.25), (0.70, 0.60, 0.05), (0.05, 0.50, 0.65),
    (0.75, 0.10, 0.08),
)  # fmt: skip
CLOTHS: Final[tuple[tuple[str, tuple[Colour, ...], float, float], ...]] = (
    ("dark", DARK, 0.28, 0.34), ("middle", MIDDLE, 0.22, 0.14), ("bright", BRIGHT, 0.14, 0.04),
    ("signal", SIGNALS, 0.09, 0.02),
    ("pale", PALE, 0.12, 0.10), ("white", WHITES, 0.11, 0.06), ("jeans", JEANS, 0.0, 0.22),
    ("beige", TROUSERS, 0.0, 0.08), ("skin", (), 0.02, 0.06),
)  # fmt: skip
"""Name, colours, share of tops, of bottoms."""
PRINTS: Final[dict[Print, float]] = {
    "plain": 0.62, "stripes": 0.06, "hoops": 0.08, "checks": 0.08, "badge": 0.1, "vest": 0.06,
}  # fmt: skip
HAT_SHARE: Final = 0.18
HEAD_TOP_M: Final = 0.09


@dataclass(frozen=True, slots=True, kw_only=True)
class Outfit:
    """One way to be dressed."""

    cloth: str
    """Kind of the top's colour."""
    top: Colour
    bottom: Colour
    pattern: Print
    pattern_colour: Colour
    period_px: int
    hat: Hat
    hat_bgr: tuple[float, float, float]
    tone: float
    """Factor on skin, hair and bags."""
    ids: int


@lru_cache(maxsize=1)
def outfits() -> tuple[Outfit, ...]:
    """Return the wardrobe, always the same."""
    rng = np.random.default_rng(17)
    return tuple(_outfit(rng, number) for number in range(OUTFITS))


def _outfit(rng: np.random.Generator, number: int) -> Outfit:
    cloth, top = _cloth(rng, 2)
    _, bottom = _cloth(rng, 3)
    _, other = _cloth(rng, 2)
    hat: Hat = "none" if rng.random() > HAT_SHARE else ("cap" if rng.random() < 0.6 else "brim")
    grey = float(rng.choice([20, 60, 200, 235]))
    hat_bgr = tuple(
        np.clip(rng.uniform(15, 235, 3) if rng.random() < 0.25 else grey + rng.normal(0, 10, 3), 5, 250).tolist()
    )
    return Outfit(
        cloth=cloth, top=top, bottom=bottom, pattern_colour=other, period_px=int(rng.integers(4, 12)),
        pattern=list(PRINTS)[int(rng.choice(len(PRINTS), p=list(PRINTS.values())))],
        hat=hat, hat_bgr=hat_bgr, tone=float(rng.uniform(0.8, 1.15)), ids=number,
    )  # fmt: skip


def _cloth(rng: np.random.Generator, share: int) -> tuple[str, Colour]:
    """Return the name of a kind of cloth and a colour of it, varied; `share` is the column of `CLOTHS`."""
    weights = np.array([kind[share] for kind in CLOTHS], float)
    name, colours, _, _ = CLOTHS[rng.choice(len(CLOTHS), p=weights / weights.sum())]
    colours = colours or SKINS
    varied = np.array(colours[int(rng.integers(len(colours)))]) * np.exp(rng.normal(0, 0.12, 3))
    red, green, blue = np.clip(varied, 0.008, 0.9).tolist()
    return name, (red, green, blue)


class DressedSprites(SpriteSet):
    """The simulator's people in training clothes: a tint is the number of an outfit."""

    def coloured(self, sprite: Sprite, tint: int) -> Bytes:
        """Return (h, w, 4) BGRA, not premultiplied, in an outfit."""
        outfit, straight, parts = outfits()[tint], self.straight(sprite), self.parts(sprite)
        shown = np.dstack([cv2.convertScaleAbs(straight[..., :3], alpha=outfit.tone), straight[..., 3]])
        dyed(shown, straight, parts == BOTTOM_GREY, outfit.bottom)
        dyed(shown, straight, parts == TOP_GREY, outfit.top)
        if outfit.pattern != "plain":
            dyed(shown, straight, (parts == TOP_GREY) & self._printed(sprite, outfit), outfit.pattern_colour)
        if outfit.hat != "none":
            self._crowned(shown, sprite, outfit)
        return shown

    def _printed(self, sprite: Sprite, outfit: Outfit) -> NDArray[np.bool_]:
        """Return where a print is (h, w)."""
        rows, columns = np.arange(sprite.height_px)[:, None], np.arange(sprite.width_px)[None]
        stripes, hoops = (
            columns % outfit.period_px < outfit.period_px / 2,
            rows % outfit.period_px < outfit.period_px / 2,
        )
        head_x, head_y = self.head_px(sprite)
        match outfit.pattern:
            case "stripes":
                where = stripes | (rows < 0)
            case "hoops":
                where = hoops | (columns < 0)
            case "checks":
                where = stripes ^ hoops
            case "badge":
                where = np.hypot(columns - head_x, rows - head_y - 22) < outfit.period_px
            case _:
                where = np.abs(columns - head_x) > outfit.period_px
        return np.asarray(np.broadcast_to(where, (sprite.height_px, sprite.width_px)))

    def _crowned(self, shown: Bytes, sprite: Sprite, outfit: Outfit) -> None:
        """Put a cap or a hat on the head, in place."""
        x, y = self.head_px(sprite)
        down = np.radians(sprite.depression_deg)
        y -= HEAD_TOP_M * np.cos(down) / self.metres_per_px
        flat = max(0.35, float(np.sin(down)))
        dark = tuple(0.75 * part for part in outfit.hat_bgr)
        for radius_m, colour in (((0.19, dark),) if outfit.hat == "brim" else ()) + ((0.115, outfit.hat_bgr),):
            axes = (round(radius_m / self.metres_per_px), max(1, round(radius_m * flat / self.metres_per_px)))
            cv2.ellipse(shown, (round(x), round(y)), axes, 0, 0, 360, (*colour, 255.0), -1, cv2.LINE_AA)

    @lru_cache(maxsize=64)  # noqa: B019 - there is one set a run
    def skin_of(self, figure: int) -> str:
        """Return which of `SKIN_NAMES` a figure's face was rendered in, by its brightness seen from the front."""
        sprite = self.sprite_of(figure=figure, phase=STANDING, azimuth_deg=0, depression_deg=15)
        x, y = (round(place) for place in self.head_px(sprite))
        face = self.straight(sprite)[y : y + 5, x - 3 : x + 4]
        shown = float(np.median(face[face[..., 3] > 200][:, 2])) if (face[..., 3] > 200).any() else 0.0
        return SKIN_NAMES[int(np.searchsorted(-np.array(SKIN_REDS), -shown))]


SKIN_REDS: Final = (138.0, 108.0, 75.0)
"""Of a face: least red of each skin but the darkest."""
