import sys
from pathlib import Path

import pytest

from groundstation.errors import BadInputError, SourceFailedError, WorkerLostError
from groundstation.evaluation import Evaluation, Kind, evaluate

FAKE = Path(__file__).with_name("fake_evaluation.py")


@pytest.fixture
def evaluation(tmp_path: Path) -> Evaluation:
    (tmp_path / "truth.jsonl").write_text("{}")
    (tmp_path / "clip.mp4").write_bytes(b"x")
    return Evaluation(
        kind=Kind.PEOPLE,
        truth=tmp_path / "truth.jsonl",
        images=None,
        video=tmp_path / "clip.mp4",
        camera=None,
        live=True,
    )


def command(way: str) -> tuple[str, ...]:
    return sys.executable, str(FAKE), way


def test_the_evaluation_is_told_absolute_paths_and_its_figures_come_back(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    figures = evaluate(evaluation, command=command("figures"))
    told = figures.pop("told")
    assert figures == {"n": 3, "recall": 0.9}
    assert told.pop("models_dir").endswith("models")
    assert told == {
        "kind": "people", "live": True, "truth": str(tmp_path / "truth.jsonl"), "video": str(tmp_path / "clip.mp4"),
        "camera": None, "images": None,
    }  # fmt: skip


@pytest.mark.parametrize(("way", "error"), [("failing", SourceFailedError), ("silent", WorkerLostError)])
def test_no_figures_is_an_error(evaluation: Evaluation, way: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        evaluate(evaluation, command=command(way))


def test_a_truth_about_other_pictures_is_told(evaluation: Evaluation) -> None:
    with pytest.raises(BadInputError, match=r"truth\.jsonl: names no picture of .*clip\.mp4.*; check"):
        evaluate(evaluation, command=command("foreign"))


def test_a_missing_folder_of_images_is_told(evaluation: Evaluation, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="--images is no folder"):
        evaluate(
            Evaluation(
                kind=Kind.REDACTION,
                truth=evaluation.truth,
                images=tmp_path / "none",
                video=None,
                camera=None,
                live=False,
            )
        )
