"""The workshop with ultralytics itself, where `make ultralytics` brought it: trained from nothing, exported, tried."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from groundstation.errors import BadInputError
from groundstation.workshop import training
from groundstation.workshop.adding import Wanted, added
from groundstation.workshop.process import python_with_ultralytics
from groundstation.workshop.training import Lesson, trained
from vision.encode import jpeg

SIDE_PX = 64


@pytest.fixture(scope="module")
def python() -> Path:
    try:
        return python_with_ultralytics(None)
    except BadInputError as error:
        pytest.skip(f"needs the extra: {error}")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    (tmp_path / "pictures" / "images").mkdir(parents=True)
    lines = []
    for number in range(8):
        noise = np.random.default_rng(number).integers(0, 256, (SIDE_PX, SIDE_PX), np.uint8)
        (tmp_path / "pictures" / "images" / f"{number}.jpg").write_bytes(jpeg(noise))
        line = {"image": f"{number}.jpg", "width": SIDE_PX, "height": SIDE_PX, "boxes": [[20, 10, 20, 40, "person"]]}
        lines.append(json.dumps(line) + "\n")
    (tmp_path / "pictures" / "truth.jsonl").write_text("".join(lines))
    return tmp_path / "pictures"


@pytest.mark.timeout(300)
def test_a_yolo_is_trained_exported_and_tried(
    python: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "station_runs", lambda: False)
    weights = tmp_path / "best.pt"
    trained(
        Lesson(
            data=pictures, base=Path("yolov8n.yaml"), out=weights, epochs=1, imgsz=SIDE_PX, batch=4, device="cpu",
            seed=1, python=python, trusted=False,
        )
    )  # fmt: skip
    assert weights.stat().st_size > 10**6
    wanted = Wanted(
        file=weights, name=None, classes=(), licence=None, truth=pictures / "truth.jsonl", images=pictures / "images",
        mask_score=0.1, imgsz=SIDE_PX, folder=tmp_path / "models", python=python, trusted=False,
    )  # fmt: skip
    with pytest.raises(BadInputError, match=r"best\.pt: (finds nobody in 8 pictures|in a picture of \w+ it finds)"):
        added(wanted, utc_ns=0)
