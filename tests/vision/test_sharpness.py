"""What the pilot is told of the camera's own sharpness: it is what the cap goes by, and the height holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.scene import UTC_NS, capped, frame_of, pose, textured
from vision.scale import density_bound
from vision.sharpness import sharpness_of, sight_of
from vision.tally import Tally


@given(
    alt_m=st.floats(15, 300), pitch_deg=st.floats(-90, -20), cap_px_per_m=st.floats(2, 40), raised_m=st.floats(0, 10)
)
def test_from_the_height_told_the_camera_gives_the_cap_and_no_more(
    alt_m: float, pitch_deg: float, cap_px_per_m: float, raised_m: float
) -> None:
    camera = pose(alt_m=alt_m + raised_m, pitch_deg=pitch_deg)
    sight = sight_of(frame_of(camera))
    assert sight is not None
    told = sharpness_of(replace(sight, bound=density_bound(camera, raised_m=raised_m)),
                        cap_px_per_m=cap_px_per_m, raised_m=raised_m)  # fmt: skip
    assert told is not None
    there = replace(camera, alt_m=camera.ground_alt_m + told.uncapped_from_agl_m)
    # told to a tenth of a metre
    assert density_bound(there, raised_m=raised_m).greatest_known == pytest.approx(cap_px_per_m, rel=0.02)
    if abs(told.camera_px_per_m / cap_px_per_m - 1) > 0.02:
        assert (told.uncapped_from_agl_m > camera.alt_agl_m) is (told.camera_px_per_m > cap_px_per_m)


def test_a_picture_made_smaller_is_told_as_it_came() -> None:
    frame = frame_of()
    sight = sight_of(replace(frame, source_width_px=2 * frame.width_px, source_height_px=2 * frame.height_px))
    assert sight is not None
    assert sight.finer == 2
    plain = replace(sight, finer=1.0)
    finer, coarser = (sharpness_of(one, cap_px_per_m=20) for one in (sight, plain))
    assert finer is not None
    assert coarser is not None
    assert finer.camera_px_per_m == pytest.approx(2 * coarser.camera_px_per_m, abs=0.2)


def test_no_pose_no_ground_and_among_the_heads_tell_nothing() -> None:
    from_above = pose(pitch_deg=60.0)
    sky = sight_of(frame_of(from_above))
    assert sky is not None
    assert sharpness_of(sky, cap_px_per_m=20) is None
    sight = sight_of(frame_of())
    assert sight is not None
    assert sharpness_of(sight, cap_px_per_m=20, raised_m=50.0) is None
    assert sight_of(replace(frame_of(), pose=None)) is None


def test_the_worker_tells_it_with_its_health() -> None:
    tally = Tally(cap_px_per_m=20)
    assert tally.health(UTC_NS, 0).camera_px_per_m is None
    tally.sees(sight_of(capped(textured(240, 320), pose(), cap_px_per_m=20)))
    health = tally.health(UTC_NS, 0)
    assert health.camera_px_per_m == pytest.approx(21.7, abs=0.1)
    assert health.uncapped_from_agl_m == pytest.approx(21.2, abs=0.1)
    tally.sees(None)
    assert tally.health(UTC_NS, 0).uncapped_from_agl_m is None
