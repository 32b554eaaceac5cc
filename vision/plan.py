"""Which network looks at a frame, how large it sees it, and where its people count. Pure; decision 0065.

By the angles under which the ground in the picture is seen: from the side the street-level network counts, steeply the
one for steep views, between them both. For masks the street-level one always looks, and the other one wherever the
budget of a look has room for it, or a crowd is seen flatly: a mask is only ever added. Without a pose nothing is known
of angle or size, so that both look at two scales.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.camera import rays_from_image
from vision.capped import CappedFrame
from vision.engine import MAX_SIDE_PX, MULTIPLE_PX
from vision.finding import finer_scales_without_pose, scales_without_pose
from vision.networks import (
    ABOVE_ALONE_DEG,
    ABOVE_FIRST_DEG,
    BOTH_FROM_DEG,
    LEAST_COUNTED_RECALL,
    LEVEL_PERSON_PX,
    STREET_ONLY,
    Network,
    Networks,
)
from vision.plausible import PERSON_HEIGHT_M

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

COUNT_LEVEL_DEG: Final = 20.0
COUNT_STEEP_DEG: Final = 45.0
"""Depressions of the optical axis between which sizes and scores go from one of their pair to the other."""
COUNT_BUDGET_PX: Final = 1_500_000
"""Most input pixels of a count with a pose, of all networks together: 300 MB of memory, and a third of a second of one
core."""
FIRST_BUDGET_PX: Final = 800_000
"""Of them, where two networks count, at the first look: the others are for a crowd, seen finer (`vision.crowds`)."""
LOOK_BUDGET_PX: Final = 300_000
"""Most input pixels of a look with a pose, of all networks together: several looks a second must fit one core, or the
gate would stay closed.

Where people are too small for that, the picture's own coarseness protects them: see the cap.
"""
BESIDE_BUDGET_PX: Final = 150_000
"""Most input pixels of the network for steep views where it only looks beside the other one (`vision.flat_views`)."""
ABOVE_SHARE: Final = 0.75
"""Of a budget that is too small for both, the network for steep views gets so much from `ABOVE_FIRST_DEG` on, nothing
up to `BOTH_FROM_DEG`, and what lies between between. What one does not need the other may use."""
MASK_BOTH_FROM_DEG: Final = 35.0
"""Where all ground is seen less steeply the street-level network masks alone: a second one would cost three quarters of
a look more in street video (measured), for people whom it was not made for."""
BODY_DEPTH_M: Final = 0.5
"""What a standing person shows from straight above."""
LEAST_SCALE: Final = 0.25
COLOUR_STEP_PX: Final = 4
MOST_COLOUR: Final = 4
"""Grey levels between the channels of a pixel: what coding makes of grey."""
COLOURED_SHARE: Final = 0.002
"""Of the pixels: less is a mark that was drawn into the picture."""
GRID: Final = 9
"""Places along each side of the picture at which the angle is asked."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pass:
    """One network's part in a look or a count."""

    network: Network
    scales: tuple[float, ...]
    """How much larger it sees the picture, one run each."""
    from_deg: float = 0.0
    to_deg: float = 90.0
    """Its people count where the ground is seen under such depressions."""

    def counts_at(self, depression_deg: FloatArray) -> BoolArray:
        """Say where the network's people count, (n,); also where the angle is not known (NaN)."""
        return ~((depression_deg < self.from_deg) | (depression_deg > self.to_deg))


@dataclass(frozen=True, slots=True)
class Spread:
    """Depressions, in degrees, of the ground that a picture shows."""

    flattest_deg: float
    steepest_deg: float


def spread_of(frame: CappedFrame) -> Spread | None:
    """Return how steeply the ground in the picture is seen; None without a pose or where only sky is."""
    if frame.pose is None or frame.bound is None:
        return None
    u_px, v_px = (np.linspace(0.0, side - 1.0, GRID) for side in (frame.width_px, frame.height_px))
    grid_u, grid_v = (axis.ravel() for axis in np.meshgrid(u_px, v_px))
    rays = rays_from_image(frame.pose, grid_u, grid_v)
    down = -rays[:, 2] / np.linalg.norm(rays, axis=1)
    below = np.degrees(np.arcsin(np.clip(down[down > 0], 0.0, 1.0)))
    return Spread(float(below.min()), float(below.max())) if below.size else None


def look_passes(frame: CappedFrame, networks: Networks, *, both_from_deg: float = MASK_BOTH_FROM_DEG) -> list[Pass]:
    """Return who looks for masks: the street-level network always, first.

    Args:
        frame: What is looked at.
        networks: That there are.
        both_from_deg: Where any ground is seen more steeply, the other one looks as well, if the budget has room.
    """
    if frame.bound is None or frame.pose is None:
        return _unposed(frame, [networks.street] if networks.above is None else [networks.street, networks.above])
    street, above = networks.street, networks.above
    spread, middle_px = spread_of(frame), middle_person_px(frame)
    wanted = _wanted(frame, street, street.look_person_px, middle_px)
    if above is None or spread is None or spread.steepest_deg < both_from_deg:
        return [Pass(network=street, scales=(_within(frame, wanted, LOOK_BUDGET_PX),))]
    wanted_above = _wanted(frame, above, above.look_person_px, middle_px)
    scales = _shared(frame, LOOK_BUDGET_PX, wanted, wanted_above, above_share(frame))
    if _too_small(frame, above, scales[1] * middle_px):
        return [Pass(network=street, scales=(_within(frame, wanted, LOOK_BUDGET_PX),))]
    return [Pass(network=street, scales=scales[:1]), Pass(network=above, scales=scales[1:])]


def pass_beside(frame: CappedFrame, networks: Networks) -> Pass | None:
    """Return how the network for steep views looks beside the other one's look; None where there is no pose or none."""
    above = networks.above
    if above is None or frame.bound is None:
        return None
    wanted = _wanted(frame, above, above.look_person_px, middle_person_px(frame))
    return Pass(network=above, scales=(_within(frame, wanted, BESIDE_BUDGET_PX),))


def _too_small(frame: CappedFrame, above: Network, person_px: float) -> bool:
    """Say whether the network for steep views would find too few of people of this height to take from a look.

    Seen steeply the other one finds fewer still, so that there it looks as long as anybody may be found.
    """
    axis_deg = 0.0 if frame.pose is None else -frame.pose.pitch_deg
    recall = above.recall.at(np.array([max(axis_deg, MASK_BOTH_FROM_DEG)]), np.array([person_px]))[0]
    return person_px < above.recall.heights_px[0] or (axis_deg < ABOVE_FIRST_DEG and recall < LEAST_COUNTED_RECALL)


def count_passes(frame: CappedFrame, networks: Networks, *, finely: bool = False) -> list[Pass]:
    """Return whose people count in a frame, and where; at larger scales than a look's, the steeper the larger.

    Args:
        frame: In which people are counted.
        networks: That there are.
        finely: Whether a large picture without a pose is seen in full as well, whatever that costs.
    """
    street, above = networks.street, networks.counting_above
    if frame.bound is None or frame.pose is None:
        return _unposed(frame, [street] if above is None else [street, above], finely=finely)
    spread, middle_px = spread_of(frame), middle_person_px(frame)
    wanted = _wanted(frame, street, street.count_person_px, middle_px)
    if above is None or spread is None or spread.steepest_deg <= BOTH_FROM_DEG:
        return [Pass(network=street, scales=(_within(frame, wanted, COUNT_BUDGET_PX),))]
    wanted_above = _wanted(frame, above, above.count_person_px, middle_px)
    if spread.flattest_deg >= ABOVE_ALONE_DEG:
        return [Pass(network=above, scales=(_within(frame, wanted_above, COUNT_BUDGET_PX),))]
    level_px = (LEVEL_PERSON_PX, LEVEL_PERSON_PX)  # crowds are told apart by the other one
    beside = _wanted(frame, street, level_px, middle_px)
    scales = _shared(frame, FIRST_BUDGET_PX, beside, wanted_above, above_share(frame))
    return [
        Pass(network=street, scales=scales[:1], to_deg=ABOVE_ALONE_DEG),
        Pass(network=above, scales=scales[1:], from_deg=BOTH_FROM_DEG),
    ]


def count_scales(frame: CappedFrame, networks: Networks = STREET_ONLY) -> tuple[float, ...]:
    """Return the scales at which a count looks, of all networks together, smallest first."""
    return tuple(sorted({scale for each in count_passes(frame, networks) for scale in each.scales}))


def same_runs(counts: list[Pass], looks: list[Pass]) -> bool:
    """Say whether a look's runs are those that a count would make, so that it needs none of its own."""
    by_network = {id(look.network): look.scales for look in looks}
    return all(by_network.get(id(count.network)) == count.scales for count in counts)


def count_threshold(frame: CappedFrame, network: Network) -> float:
    """Return the least score at which a network's box counts as a person in this frame."""
    return _between(network.count_thresholds, steep_share(frame)) * _colourless_factor(frame, network)


def crowd_threshold(frame: CappedFrame, network: Network) -> float:
    """Return the least score at which a network's box counts in a crowd that was looked at finely."""
    return network.crowd_threshold * _colourless_factor(frame, network)


def _colourless_factor(frame: CappedFrame, network: Network) -> float:
    return network.colourless_factor if is_colourless(frame) else 1.0


def input_px(look: Pass, frame: CappedFrame) -> float:
    """Return how many input pixels a network's part has."""
    return sum(scale**2 for scale in look.scales) * frame.width_px * frame.height_px


def is_colourless(frame: CappedFrame) -> bool:
    """Say whether a picture that could show colour has none; one of luma alone says nothing of its camera."""
    if frame.pixels.ndim != 3:
        return False
    sample = frame.pixels[::COLOUR_STEP_PX, ::COLOUR_STEP_PX]
    return float(np.mean(sample.max(axis=2) - sample.min(axis=2) > MOST_COLOUR)) < COLOURED_SHARE


def steep_share(frame: CappedFrame) -> float:
    """Return 0 for a level view or none known, 1 for a steep one, and what lies between."""
    return 0.0 if frame.pose is None else _share(-frame.pose.pitch_deg, COUNT_LEVEL_DEG, COUNT_STEEP_DEG)


def above_share(frame: CappedFrame) -> float:
    """Return which part of a scarce budget the network for steep views gets, 0 to `ABOVE_SHARE`."""
    axis_deg = 0.0 if frame.pose is None else -frame.pose.pitch_deg
    return ABOVE_SHARE * _share(axis_deg, BOTH_FROM_DEG, ABOVE_FIRST_DEG)


def middle_person_px(frame: CappedFrame) -> float:
    """Return the height in the picture of a person in the middle of the ground seen; infinite where none is known."""
    if frame.bound is None or frame.pose is None:
        return float("inf")
    px_per_m = frame.bound.px_per_m[np.isfinite(frame.bound.px_per_m)]
    steepness = float(np.clip(np.sin(np.radians(-frame.pose.pitch_deg)), 0, 1))
    span_m = PERSON_HEIGHT_M * float(np.sqrt(1 - steepness**2)) + BODY_DEPTH_M * steepness
    return float(np.median(px_per_m)) * frame.bound.on_the_ground * span_m if px_per_m.size else float("inf")


def _unposed(frame: CappedFrame, networks: list[Network], *, finely: bool = False) -> list[Pass]:
    scales = (finer_scales_without_pose if finely else scales_without_pose)(frame.width_px, frame.height_px)
    return [Pass(network=network, scales=scales) for network in networks]


def _wanted(frame: CappedFrame, network: Network, person_px: tuple[float, float], middle_px: float) -> float:
    """Return the scale that brings a person of the middle's height to the one wanted, whatever it costs."""
    wanted = _between(person_px, steep_share(frame)) / max(middle_px, 1.0) if np.isfinite(middle_px) else 1.0
    return min(max(wanted, LEAST_SCALE), network.most_scale, MAX_SIDE_PX / max(frame.width_px, frame.height_px))


def _shared(frame: CappedFrame, budget_px: int, street: float, above: float, share: float) -> tuple[float, float]:
    """Return the scales of both networks that together keep to a budget, given those wanted and the second's share."""
    street_px, above_px = (scale**2 * frame.width_px * frame.height_px for scale in (street, above))
    above_part = share * budget_px
    return (
        _within(frame, street, max(budget_px - above_part, budget_px - above_px)),
        _within(frame, above, max(above_part, budget_px - street_px)),
    )


def _within(frame: CappedFrame, wanted: float, budget_px: float) -> float:
    """Return a scale whose run keeps to a budget, and makes the width a multiple of what the network pads to."""
    most = float(np.sqrt(budget_px / (frame.width_px * frame.height_px)))
    return max(1, int(min(wanted, most) * frame.width_px) // MULTIPLE_PX) * MULTIPLE_PX / frame.width_px


def _share(value: float, nothing: float, whole: float) -> float:
    return float(np.clip((value - nothing) / (whole - nothing), 0.0, 1.0))


def _between(pair: tuple[float, float], share: float) -> float:
    first, second = pair
    return first + (second - first) * share
