"""Folders of drawn pictures: bright bodies on a dark ground, with their truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

Box = tuple[float, float, float, float]


def folder_of(folder: Path, names: Sequence[str], boxes: Sequence[Box], **more: object) -> Path:
    """Write a picture of each name, 200 by 160 px, with the same bodies, and the truth; return the folder."""
    (folder / "images").mkdir(parents=True)
    picture = np.full((160, 200, 3), 40, np.uint8)
    for x, y, width, height in boxes:
        picture[round(y) : round(y + height), round(x) : round(x + width)] = 230
    lines = []
    for name in names:
        cv2.imwrite(str(folder / "images" / name), picture)
        truth = {"image": name, "width": 200, "height": 160, "boxes": [[*box, "person"] for box in boxes]}
        lines.append(json.dumps(truth | more))
    (folder / "truth.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
