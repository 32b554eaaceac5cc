"""The self-contained HTML report, by `groundstation report` in a process of its own: folium stays out of ours."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from groundstation.errors import NotThereError
from groundstation.exports.rows import Export
from groundstation.logs import event
from groundstation.worker_process import minimal_environment

_LOG: Final = logging.getLogger(__name__)
_PATIENCE_S: Final = 60.0


async def report_of(geojson: bytes, export: Export) -> bytes:
    """Return the report of a map.

    Raises:
        NotThereError: it could not be written.
    """
    title = f"{'EXERCISE: ' if export.is_exercise else ''}Crowd density, {export.station}"
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "density.geojson", Path(folder) / "report.html"
        await asyncio.to_thread(given.write_bytes, geojson)
        await _run("report", "--from-density", str(given), "--out", str(out), "--title", title)
        return await asyncio.to_thread(out.read_bytes)


async def _run(*arguments: str) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "groundstation", *arguments,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, env=minimal_environment(os.environ),
    )  # fmt: skip
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, said = await child.communicate()
    except TimeoutError as error:
        raise NotThereError(f"no report within {_PATIENCE_S:g} s; ask again when the machine has less to do") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        event(_LOG, "report_not_written", level=logging.ERROR, why=said.decode(errors="replace")[-300:])
        raise NotThereError("the report could not be written; the log says why")
