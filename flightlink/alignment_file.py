"""The `[alignment]` table: of a camera file, or alone in a file that the station or `groundstation align` wrote.

[alignment]
yaw_deg = 3.021
pitch_deg = 0.984
roll_deg = 0.0
utc = "2026-07-14T18:00:00.000Z"
points = 5
residual_m = 0.41

[alignment.sigma]
yaw_deg = 0.152
pitch_deg = 0.061
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from flightlink.alignment import AXES, Alignment, Bias
from flightlink.errors import CameraFileError, PoseInvalidError
from flightlink.toml_fields import TableReader, table_from_file

MEND: Final = "align the camera again, or remove its alignment"
_HEADER: Final = """\
# Written by groundstation from tie points; delete the file to forget the alignment.
# Reported minus true: the station takes these angles off what the vehicle (or the camera file) says.
# An axis without a sigma is one of which the points told nothing.
"""


def alignment_from_table(reader: TableReader) -> Alignment | None:
    """Return the alignment of a table that has one, else None.

    Raises:
        FlightlinkError: of the reader's type; a figure is missing, of the wrong kind, or impossible: a damaged
            alignment is never half applied.
    """
    table = reader.subtable("alignment")
    if table is None:
        return None
    sigma = table.subtable("sigma")
    if sigma is None:
        raise table.fault("sigma", "is missing", MEND)
    bias = Bias(*(table.number(name, MEND) for name in AXES))
    yaw, pitch, roll = (sigma.number(name, MEND) if name in sigma.table else None for name in AXES)
    try:
        return Alignment(
            bias=bias, sigma_deg=(yaw, pitch, roll), utc_ns=table.utc_ns("utc", MEND),
            points=table.whole("points", MEND), residual_m=table.number("residual_m", MEND),
        )  # fmt: skip
    except PoseInvalidError as cause:
        raise reader.error(f"{table.where}: {cause}; {MEND}") from cause


def load_alignment(path: Path) -> Alignment:
    """Return the alignment of a file.

    Raises:
        CameraFileError: one line with file, field and how to mend it.
    """
    reader = TableReader(where=str(path), table=table_from_file(path, CameraFileError), error=CameraFileError)
    alignment = alignment_from_table(reader)
    if alignment is None:
        raise CameraFileError(f"{path}: holds no [alignment]; {MEND}")
    return alignment


def alignment_toml(alignment: Alignment) -> str:
    """Return the text of a file that `load_alignment` reads; figures to a thousandth."""
    instant = datetime.fromtimestamp(alignment.utc_ns // 1_000_000_000, UTC)
    angles = [f"{name} = {angle:.3f}" for name, angle in zip(AXES, alignment.bias, strict=True)]
    sigmas = [
        f"{name} = {sigma:.3f}" for name, sigma in zip(AXES, alignment.sigma_deg, strict=True) if sigma is not None
    ]
    stamp = f'utc = "{instant:%Y-%m-%dT%H:%M:%S}Z"'
    told = [stamp, f"points = {alignment.points}", f"residual_m = {alignment.residual_m:.3f}"]
    return _HEADER + "\n".join(["[alignment]", *angles, *told, "", "[alignment.sigma]", *sigmas]) + "\n"
