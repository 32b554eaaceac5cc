"""The table `[models]`: detectors of the user's own, whose people are masked as well."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from groundstation.guest_store import GuestName, default_folder, guests_named
from groundstation.settings.tables import Table
from vision.models.guest import MOST_GUESTS, Guest


class ModelsTable(Table):
    """`[models]`: without it the shipped detectors look alone."""

    extra: tuple[GuestName, ...] = Field(
        default=(), title="Detectors of your own", examples=[["festival"]],
        description="Names as `groundstation models add` gave them: every camera masks the people whom they find, too.",
    )  # fmt: skip
    folder: Path | None = Field(
        default=None, title="Folder", examples=["models"],
        description="Where they lie, relative to the settings file. Default: `~/.local/share/groundstation/models`.",
    )  # fmt: skip

    @field_validator("extra")
    @classmethod
    def _each_once_and_few(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names) or len(names) > MOST_GUESTS:
            raise ValueError(f"each one once, at most {MOST_GUESTS}")
        return names

    def guests(self) -> tuple[Guest, ...]:
        """Return what the workers are told of them.

        Raises:
            BadInputError: one is not there.
            WeightsError: a file is missing or another than the one that was added.
        """
        return guests_named(self.extra, default_folder() if self.folder is None else self.folder)
