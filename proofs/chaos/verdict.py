"""What a viewer saw in a chaos run, beside what was true: judged by the published bytes, not by what anybody says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from proofs.chaos.faults import AT_ONCE, MUST_FILL, Faults
from proofs.chaos.planted import HEIGHT_PX, SHOWN_LEVELS, WIDTH_PX, Scene, bodies_at, shown_amplitude
from proofs.chaos.viewer import Screen, Shown
from vision.frames import RedactedFrame

FILL_WITHIN_S: Final = 1.0
RECOVERS_WITHIN_S: Final = 8.0
"""A new worker after its back-off, its start, and the 1.5 s in which a stream's clock settles, three times over."""
FORGIVES_WITHIN_S: Final = 14.0
"""After a pose that lied: what was held against it is forgiven when it has been gone for 10 s."""
POSE_WITHIN_S: Final = 0.3
"""An open picture needs a true pose so near to its capture: the limit is 0.25 s, and poses come every 0.05 s."""


@dataclass(slots=True)
class Witness:
    """What was true, noted while the run went on."""

    taken_s: dict[int, float] = field(default_factory=dict)
    """Capture time as stamped, UTC nanoseconds -> the true one."""
    poses_s: list[float] = field(default_factory=list)
    """Instants of the true poses that were told."""
    fragments: dict[bytes, RedactedFrame] = field(default_factory=dict)

    def heard(self, true_s: float | None) -> None:
        """Note a line of telemetry."""
        if true_s is not None:
            self.poses_s.append(true_s)

    def stamped(self, utc_ns: int, taken_s: float) -> None:
        """Note the time that a picture was stamped with."""
        self.taken_s[utc_ns] = taken_s

    def published(self, frame: RedactedFrame) -> None:
        """Note a fragment that came out of the worker's pipe."""
        self.fragments[frame.data] = frame

    def is_open(self, fragment: bytes, *, since_s: float) -> bool:
        """Say whether the worker called a fragment open, and its picture was taken after an instant."""
        frame = self.fragments.get(fragment)
        return frame is not None and not frame.closed_because and self.taken_s.get(frame.utc_ns, 0.0) > since_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one run showed."""

    pictures: int
    """On the screen, open or not."""
    open_pictures: int
    unmasked: int
    """Open pictures that show a part of a planted person, or were taken when no true pose was near."""
    worst_amplitude: float
    """Of a planted person's stripes in any open picture, grey levels."""
    fill_s: float | None
    """From the fault to the last open picture's end on the screen; None where none has to end."""
    recovery_s: float | None
    """From the end of the last fault to the next open picture; None for never."""
    deaths: int
    """Workers that ended."""


def verdict_of(
    shown: list[Shown], witness: Witness, faults: Faults, scene: Scene, *, end_s: float, deaths: int
) -> Verdict:
    """Judge a run by what was on the screen."""
    opened = [one for one in shown if one.screen is Screen.OPEN]
    amplitudes = [_amplitude(one, witness, scene) for one in opened]
    unmasked = sum(
        amplitude > SHOWN_LEVELS or not _has_pose(one, witness)
        for one, amplitude in zip(opened, amplitudes, strict=True)
    )
    return Verdict(
        pictures=len(shown),
        open_pictures=len(opened),
        unmasked=unmasked,
        worst_amplitude=max(amplitudes, default=0.0),
        fill_s=_fill_s(opened, faults, end_s),
        recovery_s=min((one.from_s for one in opened if one.from_s > faults.over_s), default=np.inf) - faults.over_s
        if any(one.from_s > faults.over_s for one in opened)
        else None,
        deaths=deaths,
    )


def _true_time_s(one: Shown, witness: Witness) -> float | None:
    frame = witness.fragments.get(one.fragment)
    return None if frame is None else witness.taken_s.get(frame.utc_ns)


def _amplitude(one: Shown, witness: Witness, scene: Scene) -> float:
    """Return how much of anybody is seen; a picture of unknown origin counts as shown whole."""
    taken_s = _true_time_s(one, witness)
    if taken_s is None:
        return 255.0
    scale = np.array([one.picture.shape[1] / WIDTH_PX, one.picture.shape[0] / HEIGHT_PX] * 2)
    return shown_amplitude(one.picture, bodies_at(scene, taken_s) * scale)


def _has_pose(one: Shown, witness: Witness) -> bool:
    taken_s = _true_time_s(one, witness)
    return taken_s is not None and any(abs(taken_s - true_s) <= POSE_WITHIN_S for true_s in witness.poses_s)


def _fill_s(opened: list[Shown], faults: Faults, end_s: float) -> float | None:
    fault = faults.measured
    if fault.kind in AT_ONCE:
        until_s = fault.from_s + FILL_WITHIN_S
    elif fault.kind in MUST_FILL:
        until_s = fault.until_s
    else:
        return None
    seen = [min(one.until_s, until_s, end_s) for one in opened if one.from_s < until_s and one.until_s > fault.from_s]
    return max((last_s - fault.from_s for last_s in seen), default=0.0)
