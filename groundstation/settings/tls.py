"""The table `[tls]`: what lets other machines in, and under which names the station answers them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field

from groundstation.settings.tables import Table

HostName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$")]


class TlsTable(Table):
    """`[tls]`: needed for any address but loopback."""

    certificate: Path = Field(
        title="Certificate", examples=["station.pem"],
        description="PEM file with the certificate and those that vouch for it; relative to the settings file.",
    )  # fmt: skip
    key: Path = Field(
        title="Key", examples=["station.key"], description="PEM file with its private key, mode 0600, no passphrase."
    )
    names: tuple[HostName, ...] = Field(
        title="Names", min_length=1, examples=[["station.local", "192.168.1.10"]],
        description="Names and addresses by which browsers open the station; any other is refused.",
    )  # fmt: skip

    def beside(self, folder: Path) -> Self:
        """Return the table with paths from a folder."""
        return self.model_copy(update={"certificate": folder / self.certificate, "key": folder / self.key})
