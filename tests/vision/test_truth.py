"""Truth files: what is read, what is ignored, and what is refused with its line."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.truth import Label, TruthError, TruthPicture, truth_from_file, truth_from_lines

GOOD: dict[str, Any] = {"frame": 3, "width": 100, "height": 50, "boxes": [[1.5, 2, 10, 20, "person"]]}


def read(*parts: object) -> list[TruthPicture]:
    return list(truth_from_lines([part if isinstance(part, str) else json.dumps(part) for part in parts], name="t"))


def test_labels_of_people_in_any_case_are_kept_others_ignored() -> None:
    names = ["Face", "HEAD", "Person", "pedestrian", "Car", "DontCare"]
    (picture,) = read({**GOOD, "boxes": [[0, 0, 1, 1, name] for name in names]})
    assert picture.labels == (Label.FACE, Label.HEAD, Label.PERSON, Label.PEDESTRIAN)
    assert picture.xyxy.shape == (4, 4)


def test_a_frame_with_its_telemetry() -> None:
    (picture,) = read({**GOOD, "pitch_deg": -45, "agl_m": 60.5})
    assert (picture.picture, picture.width_px, picture.height_px) == (3, 100, 50)
    assert picture.xyxy.tolist() == [[1.5, 2, 11.5, 22]]
    assert (picture.pitch_deg, picture.agl_m) == (-45.0, 60.5)


def test_an_image_by_name_and_empty_lines() -> None:
    part = {"image": "a.jpg", "width": 10, "height": 10, "boxes": [], "altitude_m": 60}
    first, second = read(part, "", GOOD)
    assert (first.picture, first.xyxy.shape, first.pitch_deg) == ("a.jpg", (0, 4), None)
    assert second.picture == 3


def test_heads_are_the_top_fifth_of_persons_inside_the_picture() -> None:
    (picture,) = read({**GOOD, "boxes": [[-5, -5, 10, 50, "person"], [90, 40, 20, 20, "face"]]})
    assert picture.heads().tolist() == [[0, 0, 5, 5], [90, 40, 100, 50]]
    assert picture.clipped().tolist() == [[0, 0, 5, 45], [90, 40, 100, 50]]
    assert picture.heights_px().tolist() == [50, 20]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("{", "line 2"),
        ([], "line 2"),
        ({**GOOD, "frame": -1}, "whole number from 0"),
        ({**GOOD, "frame": True}, "whole number from 0"),
        ({**GOOD, "width": 0}, "the width is 0"),
        ({"frame": 0, "width": 9, "height": 9, "count": -1}, "the count is -1"),
        ({"frame": 0, "width": 9, "height": 9}, "misses 'boxes'"),
        ('{"frame": 0, "width": 9, "height": 9, "boxes": [], "pitch_deg": NaN}', "the pitch_deg is nan"),
        ({**GOOD, "fx_px": 0}, "the fx_px is 0.0"),
        ({**GOOD, "height": "9"}, "the height is '9'"),
        ({**GOOD, "boxes": [[1, 2, 3, 4]]}, "a box has 4 parts"),
        ({**GOOD, "boxes": [[1, 2, 0, 4, "face"]]}, "width and height above 0"),
        ({**GOOD, "boxes": [[1, 2, 1e999, 4, "face"]]}, "finite"),
        ({**GOOD, "boxes": 7}, "line 2"),
        ({"frame": 1, "width": 9, "height": 9}, "misses 'boxes'"),
        ({"width": 9, "height": 9, "boxes": []}, "misses 'frame'"),
    ],
)
def test_a_bad_line_is_refused_by_number(part: object, message: str) -> None:
    with pytest.raises(TruthError, match=message) as refusal:
        read(GOOD, part)
    assert str(refusal.value).startswith("t line 2: ")
    assert "\n" not in str(refusal.value)


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_no_line_however_odd_raises_anything_else(part: object) -> None:
    with suppress(TruthError):  # some odd lists are boxes after all, with a label that does not count
        (picture,) = read({"frame": 1, "width": 9, "height": 9, "boxes": [part]})
        assert np.isfinite(picture.xyxy).all()


def test_a_file_that_is_missing_empty_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match="cannot read the truth"):
        truth_from_file(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(TruthError, match="holds no picture"):
        truth_from_file(tmp_path / "empty.jsonl")
    (tmp_path / "junk.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TruthError, match="cannot read the truth"):
        truth_from_file(tmp_path / "junk.jsonl")
    (tmp_path / "good.jsonl").write_text(json.dumps(GOOD))
    assert len(truth_from_file(tmp_path / "good.jsonl")) == 1


def test_corners_and_labels_must_belong_together() -> None:
    with pytest.raises(TruthError, match=r"\(2, 4\), expected \(1, 4\)"):
        TruthPicture(picture=0, width_px=9, height_px=9, xyxy=np.zeros((2, 4)), labels=(Label.FACE,))


def test_points_or_a_count_stand_for_boxes() -> None:
    points, count, both = read(
        {"image": "a_1.jpg", "width": 9, "height": 9, "points": [[1, 2], [3, 4]]},
        {"image": "b.jpg", "width": 9, "height": 9, "count": 0},
        {"image": "c.jpg", "width": 9, "height": 9, "points": [[1, 2]], "count": 5},
    )
    assert [(one.counted, one.people, one.labels) for one in (points, count, both)] == [
        (2, 2, ()),
        (0, 0, ()),
        (5, 5, ()),
    ]
    (boxed,) = read({**GOOD, "count": 7})
    assert (boxed.counted, boxed.people) == (None, 1)


def test_a_flight_is_told_or_is_what_names_share() -> None:
    names = ["0_100_30_0_03307.jpg", "DJI_0032.JPG", "a/crop v1.png", "000001.jpg", "tower.jpg"]
    pictures = read(*({"image": name, "width": 9, "height": 9, "boxes": []} for name in names))
    assert [picture.flight for picture in pictures] == ["0_100_30_0", "DJI", "crop v", "", "tower"]
    (told,) = read({"image": "DJI_0032.JPG", "width": 9, "height": 9, "boxes": [], "flight": "noon"})
    assert (told.flight, read(GOOD)[0].flight) == ("noon", "")


def test_a_camera_in_the_line() -> None:
    (picture,) = read({**GOOD, "pitch_deg": 35, "agl_m": 20, "fx_px": 800, "roll_deg": -2})
    assert (picture.depression_deg, picture.fx_px, picture.roll_deg) == (35.0, 800.0, -2.0)
    assert read(GOOD)[0].depression_deg is None
