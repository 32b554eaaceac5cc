"""The offset between a closed local file and its poses: pictures and poses in, a handful of figures out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flightlink.pose import CameraPose
from flightlink.track import PoseTrack
from vision.capped import CappedFrame
from vision.turning.match import Offset, offset_between
from vision.turning.measured import Turn, turns_of
from vision.turning.predicted import Predicted, predicted_between


def offset_figures(
    frames: Iterable[CappedFrame], poses: list[CameraPose], *, starts_utc_ns: int, search_s: float
) -> dict[str, Any]:
    """Return the figures of the match; `refusal` says why there are none to be believed.

    Args:
        frames: of the file, the first at 0.
        poses: of the whole flight, in order.
        starts_utc_ns: assumed time of the first frame.
        search_s: greatest offset that is looked for.
    """
    turns = list(turns_of(frames))
    return figures_of(matched(turns, poses, starts_utc_ns=starts_utc_ns, search_s=search_s))


def matched(turns: list[Turn], poses: list[CameraPose], *, starts_utc_ns: int, search_s: float) -> Offset:
    """Return the match of measured turns with the poses around the assumed time."""
    if not turns or len(poses) < 2:
        return Offset(refusal="too short" if poses else "no poses of this time", pairs=len(turns))
    predicted = _predicted(turns, poses, starts_utc_ns, search_s)
    if predicted is None:
        return Offset(refusal="no poses of this time", pairs=len(turns))
    return offset_between(turns, predicted, starts_ns=starts_utc_ns, search_s=search_s)


def _predicted(turns: list[Turn], poses: list[CameraPose], starts_utc_ns: int, search_s: float) -> Predicted | None:
    """Return the motion of the poses as far as the search may reach."""
    track = PoseTrack(capacity=len(poses))
    for pose in poses:
        track.add(pose)
    reach_ns = round((search_s + 1.0) * 1e9)
    first_ns = max(poses[0].utc_ns, starts_utc_ns - reach_ns)
    last_ns = min(poses[-1].utc_ns, starts_utc_ns + round(turns[-1].time_s * 1e9) + reach_ns)
    apart_s = sorted(turn.apart_s for turn in turns)[len(turns) // 2]
    if last_ns <= first_ns:
        return None
    return predicted_between(track, first_ns=first_ns, last_ns=last_ns, apart_s=apart_s)


def figures_of(found: Offset) -> dict[str, Any]:
    """Return the figures that leave."""
    return {
        "refusal": found.refusal,
        "offset_s": found.offset_s,
        "sigma_s": found.sigma_s,
        "correlation": found.correlation,
        "pairs": found.pairs,
    }
