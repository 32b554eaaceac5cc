"""What a running station on this machine tells the public, fetched from its own addresses."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from groundstation.errors import BadInputError, StationError
from groundstation.public.folder import Told
from groundstation.settings import LOOPBACK_HOSTS

_PATIENCE: Final = ClientTimeout(total=10)
_NOT_YET: Final = 503


def told_by_station(url: str) -> Told:
    """Return the documents of a station's public page.

    Raises:
        BadInputError: the address is not on loopback.
        StationError: no station answers there, or one without a public page.
    """
    if urlsplit(url).scheme != "http" or urlsplit(url).hostname not in LOOPBACK_HOSTS:
        raise BadInputError(f"--from {url}: is no station on this machine; write for instance http://127.0.0.1:8080")
    try:
        return asyncio.run(_told(f"{url.rstrip('/')}/public/api/v1/"))
    except (ClientError, TimeoutError) as error:
        raise StationError(f"{url}: no station answers ({error}); start one with `groundstation run`") from error


async def _told(address: str) -> Told:
    async with ClientSession(timeout=_PATIENCE) as session:
        about, register, density = [
            await _document(session, f"{address}{name}") for name in ("about", "register", "density")
        ]
    if about is None or register is None:
        raise StationError(f"{address}: has no public page; start a station with `groundstation run`")
    return Told(about=about, register=register, density=density)


async def _document(session: ClientSession, address: str) -> dict[str, Any] | None:
    """Return a document, or None where there is none yet."""
    async with session.get(address, allow_redirects=False) as answer:
        if answer.status == _NOT_YET:
            return None
        text = await answer.text()
    try:
        document = json.loads(text)
    except ValueError as error:
        raise StationError(f"{address}: answered no JSON; is it a station of this version?") from error
    if answer.status != 200 or not isinstance(document, dict):
        raise StationError(f"{address}: answered {answer.status}; is it a station of this version?")
    return document
