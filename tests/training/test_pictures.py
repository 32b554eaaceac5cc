from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.drawn import folder_of
from training.errors import TrainingError
from training.pictures import labelled_from, pictures_of


def test_a_rendered_picture_is_read(tmp_path: Path) -> None:
    hidden = [{"full_box": [1.0, 2.0, 3.0, 4.0], "head": [1, 2], "visible_share": 0.1}]
    folder = folder_of(tmp_path / "a", ["000000.jpg"], [(10, 20, 30, 40)], pitch_deg=-75.5, light="dusk", hidden=hidden)
    (one,) = pictures_of(folder)
    assert one.people.tolist() == [[10, 20, 40, 60]]
    assert one.unsure.tolist() == [[1, 2, 4, 6]]
    assert (one.depression_deg, one.light, one.is_thermal) == (75.5, "dusk", False)


def test_riders_and_groups_are_unsure_and_cars_are_background(tmp_path: Path) -> None:
    boxes = [[0, 0, 5, 5, "Person"], [10, 0, 5, 5, "Bicycle"], [20, 0, 5, 5, "DontCare"], [30, 0, 5, 5, "Car"]]
    one = labelled_from({"image": "a.jpg", "boxes": boxes, "night": 1, "pitch_deg": 90}, tmp_path)
    assert len(one.people) == 1
    assert one.unsure[:, 0].tolist() == [10, 20]
    assert one.is_thermal


def test_whole_flights_are_held_out(tmp_path: Path) -> None:
    names = [f"{flight}_{number}.jpg" for flight in range(40) for number in range(3)]
    folder = folder_of(tmp_path / "a", names, [(10, 20, 30, 40)])
    held, learned = pictures_of(folder, "held"), pictures_of(folder, "train")
    assert len(held) + len(learned) == len(names)
    assert 1 <= len({one.flight for one in held}) <= 12
    assert not {one.flight for one in held} & {one.flight for one in learned}


def test_a_folder_of_few_flights_is_learned_whole(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", [f"{number:06d}.jpg" for number in range(20)], [(10, 20, 30, 40)])
    assert len(pictures_of(folder, "train")) == 20
    assert pictures_of(folder, "held") == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"image": "a.jpg", "boxes": [[1, 2, 3]]}', "line 1"),
        ('{"boxes": []}', "line 1"),
        ("[]", "line 1"),
        ("{", "line 1"),
        ('{"image": "no.jpg", "boxes": []}', "there is no picture"),
        ('{"image": "a.jpg", "boxes": [[NaN, 2, 3, 4, "person"]]}', "line 1"),
        ("", "holds no picture"),
    ],
)
def test_bad_truth_is_refused_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "truth.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(TrainingError, match=says):
        pictures_of(tmp_path)


def test_no_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot read the truth"):
        pictures_of(tmp_path)


def test_nobody_has_no_lengths(tmp_path: Path) -> None:
    one = labelled_from({"image": "a.jpg", "boxes": []}, tmp_path)
    assert one.longest_px().shape == (0,)
    assert one.people.dtype == np.float32
