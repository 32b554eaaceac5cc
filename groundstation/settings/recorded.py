"""The table `[record]`: whether telemetry is written down, where, and for how long."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self

from pydantic import Field, model_validator

from flightlink.logbook.shelf import LogbookLimits
from groundstation.settings.tables import Table

_MB: Final = 1_000_000
_MINUTE_NS: Final = 60 * 1_000_000_000
_HOUR_NS: Final = 60 * _MINUTE_NS


class RecordTable(Table):
    """`[record]`: telemetry of all vehicles as `.tlog` files; nothing is written without this table."""

    folder: Path = Field(
        title="Folder", examples=["logs"],
        description="Where the files are written; relative to the settings file, made when it is not there.",
    )  # fmt: skip
    retention_h: float = Field(
        default=72, title="Retention", gt=0, le=8760, allow_inf_nan=False, examples=[72],
        description="Hours after which a file is deleted, counted from its first message.",
    )  # fmt: skip
    file_min: float = Field(
        default=30, title="Minutes of a file", ge=1, le=1440, allow_inf_nan=False, examples=[30],
        description="A new file begins after so many minutes.",
    )  # fmt: skip
    file_mb: float = Field(
        default=64, title="Size of a file", ge=2, le=4000, allow_inf_nan=False, examples=[64],
        description="A new file begins before one has so many megabytes.",
    )  # fmt: skip
    total_mb: float = Field(
        default=2000, title="Size of all files", ge=4, le=1_000_000, allow_inf_nan=False, examples=[2000],
        description="All files together have no more megabytes; the oldest go first.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _turns_before_it_deletes(self) -> Self:
        if self.file_min * 60 >= self.retention_h * 3600:
            raise ValueError("file_min below the retention: a file is deleted as a whole")
        if 2 * self.file_mb > self.total_mb:
            raise ValueError("file_mb at most half of total_mb: the open file is never deleted")
        return self

    @property
    def limits(self) -> LogbookLimits:
        """The same as the logbook takes it."""
        return LogbookLimits(
            retention_ns=round(self.retention_h * _HOUR_NS),
            file_ns=round(self.file_min * _MINUTE_NS),
            file_bytes=round(self.file_mb * _MB),
            total_bytes=round(self.total_mb * _MB),
        )
