"""Guarantee 1, no raw pixel under a mask can leave: other raw pixels there, the same published bytes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.mission import Mission, RedactionLevel
from flightlink.pose import CameraPose
from proofs.blind import FRAME_NS, UTC_NS, FindsNobody, everywhere
from proofs.published import digest_of, media_of
from proofs.row import Finding, Proven, Trial
from proofs.views import camera
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.detectors import FaceDetector
from vision.doubts import Doubts, doubts_of
from vision.eyes import Eyes
from vision.gate import Gate, Released
from vision.lowpass import Band, lowpass_for
from vision.masks import Look
from vision.models.store import models_dir, verified_bytes
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame
from vision.smoothing import reach_px

Bytes = NDArray[np.uint8]

FILLINGS: Final = 200
CONTROL_FILLINGS: Final = 20
FRAMES: Final = 2
WIDTH_PX, HEIGHT_PX = 320, 240
PERSONS: Final = ((30, 40, 62, 120), (150, 90, 190, 200), (170, 100, 240, 180), (300, -20, 400, 60))
HALF_AREA_DEG: Final = 0.0005
"""Half the side of the allowed area: its border lies in the views, so that ground outside is closed."""
BLUR_PX: Final = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A camera before people who stand where the looks say."""

    name: str
    pose: CameraPose
    mission: Mission

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the raw pictures."""
        return self.pose.intrinsics.width_px, self.pose.intrinsics.height_px


def setting(name: str, *, alt_m: float, pitch_deg: float, focal_px: float = 300.0, finer: int = 1) -> Setting:
    """Return a setting; `finer` times the picture's size and focal length at the same view."""
    pose = camera(
        alt_m=alt_m,
        pitch_deg=pitch_deg,
        focal_px=focal_px * finer,
        width_px=WIDTH_PX * finer,
        height_px=HEIGHT_PX * finer,
    )
    lon_deg, lat_deg, half = pose.lon_deg, pose.lat_deg, HALF_AREA_DEG
    corners = ((-half, -half), (half, -half), (half, half), (-half, half))
    area = tuple((lon_deg + 1.5 * east_deg, lat_deg + north_deg) for east_deg, north_deg in corners)
    return Setting(name=name, pose=pose, mission=replace(everywhere(pose), area=area))


SETTINGS: Final = (
    setting("smoothed by both caps", alt_m=7, pitch_deg=-60),
    setting("under the first cap", alt_m=20, pitch_deg=-35),
    setting("horizon in view", alt_m=20, pitch_deg=-12),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Room:
    """The parts of the sealed room that see pixels, for one filling."""

    cap: Cap
    gate: Gate
    doubts: Doubts | None
    level: RedactionLevel

    def released(self, pictures: list[Bytes], pose: CameraPose) -> tuple[list[CappedFrame], list[Released]]:
        """Send raw pictures through the room, with looks that always find the same people."""
        frames, released = [], []
        for index, picture in enumerate(pictures):
            raw = RawFrame(picture, index=index, utc_ns=UTC_NS + index * FRAME_NS)
            frame = self.cap.capped(raw, replace(pose, utc_ns=raw.utc_ns))
            doubting = None if self.doubts is None else self.doubts.of_picture
            late = "" if self.doubts is None else self.doubts.of_frame(frame)
            frames.append(frame)
            released.append(self.gate.released(frame, looks_over(frame), late=late, doubting=doubting))
        return frames, released


def looks_over(frame: CappedFrame) -> list[Look]:
    """Return two looks, before and after a frame, that found some people each; boxes are told at `WIDTH_PX`."""
    scale = frame.width_px / WIDTH_PX
    return [
        Look(
            utc_ns=frame.utc_ns + later_ns,
            boxes=Boxes(xyxy=np.array(people, np.float32) * np.float32(scale), scores=np.ones(len(people), np.float32)),
            pose=frame.pose,
            bound=frame.bound,
            cap_px_per_m=frame.cap_px_per_m,
        )
        for later_ns, people in ((-FRAME_NS, PERSONS[:3]), (0, PERSONS), (FRAME_NS, PERSONS[1:]))
    ]


def scene_of(of: Setting, level: RedactionLevel, rng: np.random.Generator) -> Bytes:
    """Return a raw picture of noise on smooth shades: grey for `strict`, colour for `floor`."""
    width_px, height_px = of.size
    channels = () if level is RedactionLevel.STRICT else (3,)
    coarse = rng.integers(40, 216, (9, 12, *channels), np.uint8)
    shades = cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    noise = rng.integers(-30, 31, (height_px, width_px, *channels), np.int16)
    scene: Bytes = np.clip(shades + noise, 0, 255).astype(np.uint8)
    return scene


def filled_otherwise(picture: Bytes, where: Bytes, rng: np.random.Generator) -> Bytes:
    """Return the picture with other pixels where it is hidden: noise of a random grain, brightness and contrast."""
    grain = int(rng.choice([1, 2, 4, 8, 16, 64]))
    height_px, width_px = where.shape
    low, high = sorted(rng.integers(0, 257, 2).tolist())
    shape = (-(-height_px // grain), -(-width_px // grain), *picture.shape[2:])
    coarse = rng.integers(low, max(high, low + 1), shape).clip(0, 255).astype(np.uint8)
    other = np.asarray(cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_NEAREST), np.uint8)
    return np.asarray(cv2.copyTo(other, where, picture.copy()), np.uint8)


def hidden_in(of: Setting, frame: CappedFrame, released: Released) -> Bytes:
    """Return where raw pixels may be changed: hidden by the gate, and beyond the reach of all that is shown.

    The cap works before anything is masked, so a pixel that is shown holds something of all that the cap's kernel
    reaches, also across a mask's edge. That is why masks are larger than people.
    """
    reached: Bytes = np.asarray(cv2.bitwise_not(released.hidden), np.uint8)
    shown = reached.copy()
    halved = of.size[0] > frame.width_px
    for band in _bands_of(frame):
        far_px = reach_px(band.ratio) + 2 * halved
        near = band.part.grown(far_px, (frame.width_px, frame.height_px))
        within = np.zeros_like(shown)
        band.part.of(within)[...] = band.part.of(shown)
        kernel = np.ones((2 * far_px + 1, 2 * far_px + 1), np.uint8)
        near.of(reached)[...] |= np.asarray(cv2.dilate(near.of(within), kernel), np.uint8)
    free = cv2.resize(cv2.bitwise_not(reached), of.size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(free, np.uint8)


def _bands_of(frame: CappedFrame) -> tuple[Band, ...]:
    if frame.bound is None or frame.cap_px_per_m is None:
        return ()
    size = {"width_px": frame.width_px, "height_px": frame.height_px}
    return lowpass_for(frame.bound, cap_px_per_m=frame.cap_px_per_m, **size).bands


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of many fillings."""

    digests: frozenset[str]
    """SHA-256 of all published bytes, and of the gate's reasons; one for each that differs."""
    fillings: int
    hidden_share: float
    """Of the picture's pixels that each filling changed."""
    closed: bool
    """The gate stayed closed: then nothing was shown that could differ."""


def outcome(
    of: Setting, level: RedactionLevel, face: FaceDetector | None, *, count: int, seed: int, gate: type[Gate] = Gate
) -> Outcome:
    """Publish one scene with many fillings of what is hidden.

    Args:
        of: The camera.
        level: `strict` or `floor`.
        face: Searches what is released, as in the worker; None leaves the doubts out.
        count: How many fillings.
        seed: Of the scene and the fillings.
        gate: The gate, or one made worse on purpose.
    """
    rng = np.random.default_rng(seed)
    picture = scene_of(of, level, rng)
    with ThreadPoolExecutor(1, "search") as searcher:

        def published(pictures: list[Bytes]) -> tuple[list[CappedFrame], list[Released]]:
            doubts = None
            if face is not None:
                doubts = doubts_of(Eyes(FindsNobody(), face, level=level), searcher, stands=True, waits=True)
            return Room(cap=Cap(), gate=gate(mission=of.mission, level=level), doubts=doubts, level=level).released(
                pictures, of.pose
            )

        frames, first = published([picture] * FRAMES)
        where = hidden_in(of, frames[0], first[0])
        digests, closed = set(), False
        for _ in range(count):
            _, released = published([filled_otherwise(picture, where, rng) for _ in range(FRAMES)])
            reasons = "/".join(one.closed_because for one in released)
            closed |= any(one.closed_because for one in released)
            digests.add(f"{digest_of(media_of(released, size=of.size))} {reasons}")
    share = float(np.count_nonzero(where)) / where.size
    return Outcome(digests=frozenset(digests), fillings=count, hidden_share=share, closed=closed)


class BlursInPlaceOfTheFill(Gate):
    """A gate made worse on purpose."""

    def _shown(self, pixels: Bytes, people: Bytes, hidden: Bytes, closed: Bytes | None) -> Bytes:  # noqa: ARG002 - as the real one
        grey = self._level is RedactionLevel.STRICT and pixels.ndim == 3
        picture = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8) if grey else pixels
        smooth = np.asarray(cv2.GaussianBlur(picture, (BLUR_PX, BLUR_PX), 0), np.uint8)
        return np.asarray(cv2.copyTo(smooth, hidden, picture.copy()), np.uint8)


def proved(trial: Trial) -> Proven:
    """Try fillings at both levels; the control blurs in place of the fill.

    Raises:
        ModelError: the face detector is not in place.
        RuntimeError: the gate stayed closed, so nothing was shown.
    """
    face = FaceDetector(verified_bytes("face", models_dir()), threads=1)
    found: dict[str, Outcome] = {}
    for of in SETTINGS[:1] if trial.quick else SETTINGS:
        for level in RedactionLevel:
            trial.told(f"{FILLINGS} fillings under masks and on closed ground, {of.name}, {level.value}")
            found[f"{of.name}, {level.value}"] = outcome(of, level, face, count=FILLINGS, seed=trial.seed)
    control = outcome(
        SETTINGS[0],
        RedactionLevel.STRICT,
        None,
        count=CONTROL_FILLINGS,
        seed=trial.seed,
        gate=BlursInPlaceOfTheFill,
    )
    return Proven(
        finding=finding_of(found),
        control=f"a Gaussian blur of {BLUR_PX} px in place of the fill",
        control_finding=finding_of({"control": control}),
    )


def finding_of(found: dict[str, Outcome]) -> Finding:
    """Return whether each setting gave one digest, and how much of the picture the fillings changed."""
    digests = max((len(one.digests) for one in found.values()), default=0)
    fillings = min((one.fillings for one in found.values()), default=0)
    share = min((one.hidden_share for one in found.values()), default=0.0)
    closed = any(one.closed for one in found.values())
    return Finding(
        holds=digests == 1 and share > 0.02 and not closed,
        evidence=f"{digests} SHA-256 of the published bytes (fragments and JPEG) for {fillings} fillings of "
        f"{share:.0%} of the picture and more, in each of {len(found)} settings",
        figures={
            "digests": digests,
            "fillings": fillings,
            "settings": len(found),
            "least_hidden_share": round(share, 3),
        },
    )
