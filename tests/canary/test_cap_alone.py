"""The canaries behind the cap alone, with a detector that finds nobody: no face, and no plate that can be read."""

from __future__ import annotations

import numpy as np
import pytest

from flightlink.mission import RedactionLevel
from proofs.published import decoded_jpeg, decoded_video, media_of
from proofs.scene import Scene
from tests.canary.attackers import Bytes, faces, flattened, hits, letters_read
from tests.canary.planted import Planted
from vision.boxes import Boxes
from vision.detectors import FaceDetector
from vision.frames import Media
from vision.gate import Gate
from vision.masks import Look

pytestmark = pytest.mark.model

INSTANTS = tuple(2.0 + 2.0 * number for number in range(6))
FAINT = 0.1
FACE_SCALES = (0.25, 0.5, 1.0)
MOST_READ = 3
"""Of 14 letters, each one of 36: more are right by chance in one of 10,000 tries."""


def published(planted: Planted, level: RedactionLevel, *, bare: bool = False) -> list[Bytes]:
    """Return what a viewer sees when nobody is ever found, at the source's size."""
    gate, shown = None, []
    for t_s in INSTANTS:
        shot = planted.shot(t_s)
        scene = Scene(
            world=planted.world, flight=planted.flight_at(t_s), shot=shot, place_m=np.empty((0, 2)),
            heading_deg=np.empty(0), walks=np.empty(0, bool),
        )  # fmt: skip
        frame = scene.capped(planted.picture(t_s, planted.nobody if bare else None), t_s)
        gate = gate or Gate(mission=scene.mission(), level=level)
        nobody = Boxes(xyxy=np.empty((0, 4), np.float32), scores=np.empty(0, np.float32))
        look = Look(
            utc_ns=frame.utc_ns, boxes=nobody, pose=frame.pose, bound=frame.bound, cap_px_per_m=frame.cap_px_per_m
        )
        released = gate.released(frame, [look])
        assert not released.closed_because
        shown.append(released)
    size = (planted.world.camera.intrinsics.width_px, planted.world.camera.intrinsics.height_px)
    media = media_of(shown, size=size)
    return [*decoded_video(media[Media.FMP4_INIT] + media[Media.FMP4_FRAGMENT]), decoded_jpeg(media[Media.JPEG])]


@pytest.mark.parametrize("level", [RedactionLevel.STRICT, pytest.param(RedactionLevel.FLOOR, marks=pytest.mark.soak)])
def test_no_face_passes_the_cap(planted: Planted, face_detector: FaceDetector, level: RedactionLevel) -> None:
    shown, bare = published(planted, level), published(planted, level, bare=True)
    counts: list[int] = []
    for pictures in (shown, bare):
        found = [faces(face_detector, one, scales=FACE_SCALES, threshold=FAINT) for one in pictures[::4]]
        counts.append(sum(map(len, found)))
    assert counts[0] <= counts[1] + 1, "no more than where nobody has a drawn face"
    for picture, t_s in list(zip(shown, INSTANTS, strict=False))[::5]:
        assert hits(faces(face_detector, picture, scales=FACE_SCALES, threshold=FAINT), planted.faces(t_s)) == 0
    raw = planted.picture(INSTANTS[0])
    control = faces(face_detector, raw, scales=(1.0, 2.0), threshold=FAINT)
    assert hits(control, planted.faces(INSTANTS[0])) == len(planted.faces(INSTANTS[0]))


def test_no_plate_can_be_read_in_six_pictures_laid_over_one_another(planted: Planted) -> None:
    shown = published(planted, RedactionLevel.STRICT)
    raw = [planted.picture(t_s) for t_s in INSTANTS]
    read = {"raw": 0, "published": 0}
    for number, canary in enumerate(planted.world.canaries):
        if canary.kind != "plate":
            continue
        outlines = [
            one.parts_px["plate"] for t_s in INSTANTS for one in planted.seen(t_s) if one.canary.name == canary.name
        ]
        for name, pictures in (("raw", raw), ("published", shown)):
            plates = [flattened(one, outline) for one, outline in zip(pictures, outlines, strict=False)]
            read[name] += letters_read(plates, planted.world.canaries[number].text)
    assert read["raw"] >= 12, "the control"
    assert read["published"] <= MOST_READ
