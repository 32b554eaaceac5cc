"""What the control of guarantee 6 plants: each must be found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import av
from av.stream import Discard
from av.video.frame import VideoFrame

from vision.models.card import model_cards
from vision.raw.source import Source

_PLANTED: Final = (
    ("a recogniser called", "vision.eyes", "import cv2\nr = cv2.{recogniser}.create('a.onnx', '')"),
    ("a recogniser reached for by name", "vision.eyes", "def f(e):\n    return getattr(e, '{recogniser}')"),
    ("the whole of OpenCV handed on", "vision.eyes", "import cv2\ne = cv2"),
    ("a recogniser imported", "groundstation.app", "import face_{rest}"),
    ("a follower of people", "vision.eyes", "import cv2\nt = cv2.TrackerVit.create()"),
    ("a reader of text", "vision.eyes", "from cv2 import dnn_TextRecognitionModel"),
    ("training", "groundstation.app", "import torch"),
    ("sound", "vision.raw.source", "from av.audio.resampler import AudioResampler"),
    ("code by name", "vision.eyes", "m = __import__('x')"),
    ("another network", "vision.eyes", "import onnxruntime\ns = onnxruntime.InferenceSession('gait.onnx')"),
    ("a picture on disk", "vision.gate", "import cv2\ncv2.imwrite('a.png', 0)"),
    ("a switch", "vision.gate", "import os\nif os.environ.get('NO_MASKS'):\n    x = 1"),
)


def planted_modules() -> Iterator[tuple[str, str, str]]:
    """Yield name, dotted module and source of each planted module."""
    # put together here, so that the lists do not find the control instead of what it plants
    parts = {"recogniser": "Face" + "RecognizerSF", "rest": "recog" + "nition"}
    for name, module, text in _PLANTED:
        yield name, module, text.format(**parts)


def unchecked(key: str, folder: Path) -> bytes:
    """Return whatever lies in a folder under a detector's name."""
    cards = model_cards()
    return (folder / (cards[key].file if key in cards else f"{key}.onnx")).read_bytes()


class CarelessSource(Source):
    """Reads every packet of a file and decodes its sound too."""

    def _decoded(self) -> Iterator[VideoFrame]:
        for stream in self._container.streams:
            stream.discard = Discard.default
        for packet in self._container.demux():
            if packet.stream.type in {"video", "audio"}:
                yield from (frame for frame in packet.decode() if isinstance(frame, VideoFrame))


def careless(path: Path) -> Source:
    """Open a file for a reader that takes all it carries."""
    stack = ExitStack()
    container = stack.enter_context(av.open(str(path), "r"))
    return CarelessSource(container, stack, name=path.name)
