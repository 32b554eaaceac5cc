"""A network in ONNX Runtime: a picture goes in, its output maps leave, checked. `vision.engines` chooses the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from vision.engine_names import EngineName
from vision.errors import VisionError

Picture: TypeAlias = NDArray[np.uint8]
Maps: TypeAlias = NDArray[np.float32]

MULTIPLE_PX: Final = 32
"""Both networks halve the picture five times."""
STRIDE_PX: Final = 4
"""One cell of an output map covers this many input pixels."""
MAX_SIDE_PX: Final = 4096
"""Longest side of a network's input: bounds time and memory whatever a source sends."""
MAX_PICTURE_SIDE_PX: Final = 8192
"""Longest side of a picture, as of a source: photographs are larger than what a network is shown of them."""

_ENGINE_ERRORS: Final = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)

Provider: TypeAlias = tuple[str, dict[str, str]]

_PROVIDERS: Final[Mapping[EngineName, Provider]] = {
    EngineName.ONNXRUNTIME: ("CPUExecutionProvider", {}),
    EngineName.CUDA: ("CUDAExecutionProvider", {"use_tf32": "0"}),
    EngineName.TENSORRT: ("TensorrtExecutionProvider", {"trt_fp16_enable": "0", "trt_engine_cache_enable": "0"}),
    EngineName.MIGRAPHX: ("MIGraphXExecutionProvider", {}),
    EngineName.DIRECTML: ("DmlExecutionProvider", {}),
    EngineName.COREML: ("CoreMLExecutionProvider", {"ModelFormat": "MLProgram"}),
}
"""What each is called in ONNX Runtime, and what pins it to float32 without files of its own."""


class DetectorError(VisionError):
    """A detector cannot answer; what it was asked about must stay hidden."""


class Engine:
    """One network with named outputs, ready to run.

    Attributes:
        threads: how many cores one run may take.
    """

    def __init__(
        self,
        model: bytes,
        *,
        channels: Mapping[str, int],
        threads: int,
        name: EngineName = EngineName.ONNXRUNTIME,
    ) -> None:
        """Load the network.

        Args:
            model: an ONNX file whose hash was checked.
            channels: name of each output wanted -> its number of channels.
            threads: how many cores one run may take.
            name: on which of ONNX Runtime's devices.

        Raises:
            DetectorError: the bytes are no network, or one without these outputs, or the device is not there.
        """
        self.threads = threads
        self._channels = dict(channels)
        provider, settings = _PROVIDERS[name]
        if refusal := device_refusal(name):
            raise DetectorError(refusal)
        self._session = _session(model, threads, (provider, settings))
        # where a driver is missing the library goes on without the device, and says so in its log alone
        if (used := self._session.get_providers())[0] != provider:
            raise DetectorError(f"engine {name}: its device cannot be used here, only {', '.join(used)}")
        inputs, outputs = (
            [each.name for each in part()] for part in (self._session.get_inputs, self._session.get_outputs)
        )
        if len(inputs) != 1 or not set(self._channels) <= set(outputs):
            raise DetectorError(
                f"the detector has the inputs {inputs} and outputs {outputs}, expected one and {list(self._channels)}"
            )
        self._input = inputs[0]

    def run(self, blob: Maps) -> list[Maps]:
        """Return the output maps, float32 (channels, height / 4, width / 4) each, in the order asked for.

        Args:
            blob: float32 (1, 3, height, width), RGB 0..255, sides multiples of `MULTIPLE_PX`.

        Raises:
            DetectorError: the network fails, or an output has another shape or a value that is not finite.
        """
        try:
            maps = self._session.run(list(self._channels), {self._input: blob})
        except _ENGINE_ERRORS as error:
            raise DetectorError(f"the detector failed on an input of {blob.shape} ({error})") from error
        return checked_maps(maps, self._channels, blob)


def device_refusal(name: EngineName) -> str:
    """Return why ONNX Runtime has no such device in this installation, or nothing."""
    provider, present = _PROVIDERS[name][0], ort.get_available_providers()
    return "" if provider in present else f"engine {name}: this onnxruntime was built without {provider}"


def checked_maps(maps: Sequence[Maps], channels: Mapping[str, int], blob: Maps) -> list[Maps]:
    """Return an engine's answer (1, channels, rows, columns) without the first axis.

    Raises:
        DetectorError: an output has another shape or type than the input asks for, or a value that is not finite.
    """
    rows, columns = (side // STRIDE_PX for side in blob.shape[2:])
    for (name, count), found in zip(channels.items(), maps, strict=True):
        _check_map(name, found, (1, count, rows, columns))
    return [found[0] for found in maps]


class GuestEngine:
    """A network that the user brought: one picture in, one block of numbers out; what they mean is asked of it.

    Attributes:
        input_px: height and width of its input; None where any will do.
        told: what the file tells of itself, by key.
    """

    def __init__(self, model: bytes, *, threads: int) -> None:
        """Load the network.

        Args:
            model: an ONNX file whose hash was checked.
            threads: how many cores one run may take.

        Raises:
            DetectorError: the bytes are no network, or one that does not take one float32 picture.
        """
        self._session = _session(model, threads, _PROVIDERS[EngineName.ONNXRUNTIME])
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shape = inputs[0].shape if len(inputs) == 1 else []
        if len(shape) != 4 or shape[1] != 3 or inputs[0].type != "tensor(float)" or len(outputs) != 1:
            raise DetectorError(
                f"it has {len(inputs)} inputs (the first {inputs[0].type} {shape}) and {len(outputs)} outputs, "
                "expected one float32 (1, 3, height, width) and one"
            )
        self._names = inputs[0].name, outputs[0].name
        height, width = shape[2:]
        self.input_px = (height, width) if isinstance(height, int) and isinstance(width, int) else None
        self.told: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, blob: Maps) -> Maps:
        """Return the output, float32 (a, b).

        Args:
            blob: float32 (1, 3, height, width), RGB 0..1.

        Raises:
            DetectorError: the network fails, or its output is no such block or holds what is not finite.
        """
        name_in, name_out = self._names
        try:
            (found,) = self._session.run([name_out], {name_in: blob})
        except _ENGINE_ERRORS as error:
            raise DetectorError(f"the detector failed on an input of {blob.shape} ({error})") from error
        block = np.asarray(found)
        if block.ndim != 3 or block.shape[0] != 1 or block.dtype != np.float32:
            raise DetectorError(f"its output is {block.dtype} {block.shape}, expected float32 (1, a, b)")
        if not np.isfinite(block).all():
            raise DetectorError("its output holds values that are not finite")
        return np.asarray(block[0], np.float32)


def _session(model: bytes, threads: int, provider: Provider) -> ort.InferenceSession:
    try:
        return ort.InferenceSession(model, _options(threads), providers=[provider])
    except _ENGINE_ERRORS as error:
        raise DetectorError(f"the detector's file is no network that runs here ({error})") from error


def _check_map(name: str, found: Maps, expected: tuple[int, ...]) -> None:
    if found.shape != expected or found.dtype != np.float32:
        raise DetectorError(f"output {name} is {found.dtype} {found.shape}, expected float32 {expected}")
    if not np.isfinite(found).all():
        raise DetectorError(f"output {name} holds values that are not finite")


def _options(threads: int) -> ort.SessionOptions:
    ort.disable_telemetry_events()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # a plan of memory for each size of input ever seen costs 100 MB a worker and saves no time
    options.enable_mem_pattern = False
    # waiting threads sleep: on cores shared with decoding and encoding, spinning ones cost a third of the speed
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def checked_scale(picture: Picture, scale: float) -> float:
    """Return the scale when the picture may be looked at with it.

    Raises:
        DetectorError: the picture is not uint8 (h, w, 3) or (h, w), is empty, or is too large at that scale.
    """
    channels = picture.shape[2:]
    if picture.dtype != np.uint8 or picture.ndim not in {2, 3} or channels not in {(), (3,)} or not picture.size:
        raise DetectorError(f"a picture is {picture.dtype} {picture.shape}, expected uint8 (h, w, 3) or (h, w)")
    side_px = max(picture.shape[:2])
    if side_px > MAX_PICTURE_SIDE_PX:
        raise DetectorError(f"a picture of {picture.shape} is beyond {MAX_PICTURE_SIDE_PX} px a side")
    if not (scale > 0 and side_px * scale <= MAX_SIDE_PX):
        raise DetectorError(f"a picture of {picture.shape} at scale {scale} is beyond {MAX_SIDE_PX} px a side")
    return scale


def resized(picture: Picture, scale: float) -> Picture:
    """Return the picture at a scale: averaged when it shrinks, linear when it grows; itself at scale 1."""
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    if (height, width) == picture.shape[:2]:
        return picture
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=interpolation), np.uint8)


def input_from_picture(picture: Picture) -> Maps:
    """Return float32 (1, 3, height, width), RGB 0..255, from BGR (h, w, 3) or grey (h, w).

    Black is added at the right and below up to the next multiple of `MULTIPLE_PX`; nothing is stretched.
    """
    rows, columns = picture.shape[:2]
    height, width = (-(-side // MULTIPLE_PX) * MULTIPLE_PX for side in (rows, columns))
    blob = np.zeros((1, 3, height, width), np.float32)
    planes = [picture] * 3 if picture.ndim == 2 else [picture[..., channel] for channel in (2, 1, 0)]
    for plane, place in zip(planes, blob[0], strict=True):
        place[:rows, :columns] = plane
    return blob
