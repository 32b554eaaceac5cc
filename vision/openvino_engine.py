"""A network in OpenVINO, beside the same one in ONNX Runtime; the same boxes, at float32.

OpenVINO writes machine code for each size of input when it first sees it. Once the process is sealed no new code can
run, and a graph of open size then answers with the maps of an earlier picture, without an error (measured, decision
0071). So each graph here has one size; sizes that come after the seal are run by ONNX Runtime, and what OpenVINO
answers is held against it now and then.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np

from vision.engine import DetectorError, Engine, Maps, checked_maps

LEAST_PX: Final = 100_000
"""Smaller inputs are done before a graph of their own is worth its memory."""
MOST_SIZES: Final = 6
"""Graphs of one network: each keeps 100 to 320 MB of its own."""
HELD_AGAINST_FIRST: Final = 4
HELD_AGAINST_EVERY: Final = 64
"""Runs of a graph of which ONNX Runtime does the same: the first ones, then one in so many."""
MOST_OFF: Final = 0.005
"""Of a score, 0..1; float32 differs by up to .0005, bfloat16 by .004 to .035, an earlier picture's maps by .02."""
MOST_OFF_PX: Final = 1.0
"""Of a box's side in the input, where somebody may be."""
LIKELY: Final = 0.1
FLOAT32: Final = "f32"


@dataclass(slots=True, kw_only=True)
class _Graph:
    """The network at one size."""

    request: Any
    outputs: tuple[Any, ...]
    runs: int = 0


class OpenVinoEngine:
    """One network with named outputs, ready to run.

    Attributes:
        threads: how many cores one run may take.
    """

    def __init__(self, model: bytes, *, channels: Mapping[str, int], threads: int, precision: str = FLOAT32) -> None:
        """Load the network.

        Args:
            model: an ONNX file whose hash was checked.
            channels: name of each output wanted -> its number of channels; the first holds scores, 0..1.
            threads: how many cores one run may take.
            precision: of the computation.

        Raises:
            DetectorError: OpenVINO is not installed, or the bytes are no network with these outputs.
        """
        self.threads = threads
        self._rest = Engine(model, channels=channels, threads=threads)
        self._model, self._channels = model, dict(channels)
        self._core = openvino_core()
        self._settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            # the seal lets no thread choose its core, and the decoder wants one too
            "ENABLE_CPU_PINNING": False,
            "CACHE_DIR": "",
        }
        self._graphs: dict[tuple[int, ...], _Graph] = {}
        self._turn = Lock()
        self._differs = ""

    @property
    def sizes(self) -> list[tuple[int, ...]]:
        """Height and width of the inputs that OpenVINO runs; all others are ONNX Runtime's."""
        return list(self._graphs)

    def run(self, blob: Maps) -> list[Maps]:
        """Return the output maps, float32 (channels, height / 4, width / 4) each, in the order asked for.

        Args:
            blob: float32 (1, 3, height, width), RGB 0..255, sides multiples of 32.

        Raises:
            DetectorError: the network fails, its answer is not sound, or both engines differ.
        """
        self._refuse_if_differs()
        found = None
        if self._turn.acquire(blocking=False):  # a graph serves one thread; the other need not wait for it
            try:
                found = self._by_graph(blob)
            finally:
                self._turn.release()
        return self._rest.run(blob) if found is None else found

    def _by_graph(self, blob: Maps) -> list[Maps] | None:
        try:
            graph = self._graph_for(blob)
            if graph is None:
                return None
            graph.request.infer({0: blob}, share_inputs=True)
            maps = [np.array(graph.request.get_tensor(output).data) for output in graph.outputs]
        except RuntimeError as error:
            raise DetectorError(f"the detector failed in OpenVINO on an input of {blob.shape} ({error})") from error
        found = checked_maps(maps, self._channels, blob)
        graph.runs += 1
        if graph.runs <= HELD_AGAINST_FIRST or graph.runs % HELD_AGAINST_EVERY == 0:
            self._hold_against(found, blob)
        return found

    def _graph_for(self, blob: Maps) -> _Graph | None:
        size = blob.shape[2:]
        if size[0] * size[1] < LEAST_PX:
            return None
        if size not in self._graphs:
            if len(self._graphs) == MOST_SIZES or not may_make_code():
                return None
            self._graphs[size] = self._compiled(blob.shape)
        return self._graphs[size]

    def _compiled(self, shape: tuple[int, ...]) -> _Graph:
        model = self._core.read_model(self._model)
        model.reshape(list(shape))
        compiled = self._core.compile_model(model, "CPU", self._settings)
        outputs = tuple(compiled.output(name) for name in self._channels)
        return _Graph(request=compiled.create_infer_request(), outputs=outputs)

    def _hold_against(self, found: list[Maps], blob: Maps) -> None:
        """Compare scores, and sizes where a score counts; once they differ no answer is trusted any more."""
        other = self._rest.run(blob)
        off = float(np.abs(found[0] - other[0]).max())
        likely = other[0][0] >= LIKELY
        off_px = max((float(np.abs(a - b)[:, likely].max(initial=0.0)) for a, b in zip(found, other, strict=True)))
        if not (off <= MOST_OFF and off_px <= MOST_OFF_PX):
            self._differs = f"OpenVINO and ONNX Runtime differ by {off:.2g} in a score or {off_px:.2g} px in a size"
            self._refuse_if_differs()

    def _refuse_if_differs(self) -> None:
        if self._differs:
            raise DetectorError(f"{self._differs}; take the engine onnxruntime on this machine")


def may_make_code() -> bool:
    """Say whether this process may still run code that it writes: not once it is sealed."""
    try:
        mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
    except OSError:
        return False
    return True


def openvino_core() -> Any:
    """Return OpenVINO's door to its devices, loaded so that it tells its maker nothing.

    On being imported it writes to the user's home and sends a report, but not where it takes itself to be tested.

    Raises:
        DetectorError: it is not installed, or does not load here.
    """
    before = os.environ.get("CI")
    os.environ["CI"] = "true"
    try:
        import openvino  # noqa: PLC0415 - an extra: most machines do not have it
    except ImportError as error:
        raise DetectorError(
            f"engine openvino: not installed ({error}); pip install 'groundstation[openvino]', or take onnxruntime"
        ) from error
    finally:
        if before is None:
            del os.environ["CI"]
        else:
            os.environ["CI"] = before
    return openvino.Core()
