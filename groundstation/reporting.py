"""Reports: a published map from a file or from a running station becomes one HTML document."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, CookieJar

from groundstation.errors import BadInputError, RefusedError, StationError
from groundstation.files import whole_file
from groundstation.settings import LOOPBACK_HOSTS
from maps.drawing import report_html

_NEEDED: Final = ("features", "utc", "people", "people_sigma", "observed_share", "epsg", "covers_s")
_SESSION: Final = "/api/v1/session"
_PATIENCE: Final = ClientTimeout(total=10)


def density_from_file(path: Path) -> dict[str, Any]:
    """Return the map of a `density.geojson`.

    Raises:
        BadInputError: the file cannot be read, or is no map that this station published.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read ({error.strerror}); check the name of the file") from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path}: is no text; give a density.geojson that replay wrote") from error
    return density_from_text(text, where=str(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Who asks a station."""

    name: str
    password: str = field(repr=False)


def density_from_station(url: str, sign_in: SignIn | None = None) -> dict[str, Any]:
    """Return the newest map of a running station on this machine.

    Args:
        url: of the station.
        sign_in: who asks; None for a station whose sessions open by themselves.

    Raises:
        BadInputError: the address is not on loopback.
        RefusedError: it wants somebody to sign in, or somebody else.
        StationError: no station answers there, or it has no map yet.
    """
    if urlsplit(url).scheme != "http" or urlsplit(url).hostname not in LOOPBACK_HOSTS:
        raise BadInputError(f"--url {url}: is no station on this machine; write for instance http://127.0.0.1:8080")
    address = f"{url.rstrip('/')}/api/v1/density"
    try:
        status, text = asyncio.run(_fetched(url.rstrip("/"), address, sign_in))
    except (ClientError, TimeoutError) as error:
        raise StationError(f"{address}: no station answers ({error}); start one with `groundstation run`") from error
    if status in (401, 403):
        raise RefusedError(f"{address}: answered {status}; add --user NAME of somebody who may see the map")
    if status != 200:
        raise StationError(f"{address}: answered {status}; wait for the first map and try again")
    return density_from_text(text, where=address)


async def _fetched(station: str, address: str, sign_in: SignIn | None) -> tuple[int, str]:
    """Return status and text of an address, signed in for as long as that takes."""
    # a cookie of a host that is a number is kept only by a jar that is asked to
    async with ClientSession(timeout=_PATIENCE, cookie_jar=CookieJar(unsafe=True)) as session:
        token = "" if sign_in is None else await _signed_in(session, f"{station}{_SESSION}", sign_in)
        async with session.get(address, allow_redirects=False) as answer:
            found = answer.status, await answer.text()
        if sign_in is not None:
            async with session.delete(f"{station}{_SESSION}", headers={"X-CSRF-Token": token}):
                pass
    return found


async def _signed_in(session: ClientSession, address: str, sign_in: SignIn) -> str:
    """Sign in and return the token of the session."""
    body = {"name": sign_in.name, "password": sign_in.password}
    async with session.post(address, json=body, allow_redirects=False) as answer:
        document = await answer.json()
    if answer.status != 201:
        raise RefusedError(f"{address}: {document.get('error', answer.status)}")
    return str(document["csrf"])


def density_from_text(text: str, *, where: str) -> dict[str, Any]:
    """Return a published map from its JSON.

    Raises:
        BadInputError: it is none.
    """
    try:
        collection = json.loads(text)
    except ValueError as error:
        raise BadInputError(f"{where}: is no JSON; give a density.geojson that replay wrote") from error
    missing = [name for name in _NEEDED if not isinstance(collection, dict) or name not in collection]
    if missing:
        raise BadInputError(f"{where}: is no map of this station ({missing[0]} is missing); give a density.geojson")
    return dict(collection)


def write_report(collection: dict[str, Any], out: Path, *, title: str, source: str) -> None:
    """Write the report as a whole file.

    Raises:
        BadInputError: the file cannot be written, or a cell of the map is broken.
    """
    try:
        dated = {**collection, "utc": collection.get("utc") or "at an unknown time"}  # null: nobody said when
        document = report_html(dated, {"source": source}, title=title)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadInputError(f"{source}: a cell of the map is broken ({error!r}); write the map again") from error
    with whole_file(out) as sink:
        sink.write(document.encode())
