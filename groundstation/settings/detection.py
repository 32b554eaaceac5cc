"""The table `[detection]`: what runs the detectors."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from pydantic import Field, field_validator

from groundstation.errors import BadInputError
from groundstation.settings.tables import Table
from vision.wire import EngineName, refusal_under_seal


class DetectionTable(Table):
    """`[detection]`: without it ONNX Runtime runs them, on the processor."""

    engine: EngineName = Field(
        default=EngineName.ONNXRUNTIME, title="Engine", examples=["onnxruntime"],
        description="`onnxruntime`, or `openvino` where the extra of that name is installed; `groundstation models "
        "engines` says which is faster here.",
    )  # fmt: skip

    @field_validator("engine")
    @classmethod
    def _works_under_the_seal(cls, engine: EngineName) -> EngineName:
        if refusal := refusal_under_seal(engine):
            raise ValueError(refusal)
        return engine

    def engine_here(self) -> EngineName:
        """Return the engine, once it is known to be installed.

        Raises:
            BadInputError: it is not; no other takes its place unasked.
        """
        if self.engine is EngineName.OPENVINO:
            try:
                version(self.engine)
            except PackageNotFoundError as error:
                raise BadInputError(
                    "detection.engine: openvino is not installed; pip install 'groundstation[openvino]', "
                    'or set engine = "onnxruntime"'
                ) from error
        return self.engine
