"""Other machines come in over TLS, under the names that the settings give, and never without both."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector, WSServerHandshakeError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from flightlink.mission import Mission
from groundstation.errors import BadInputError
from groundstation.outbox import Outbox, Topic
from groundstation.sessions.roles import Role
from groundstation.settings import Settings
from groundstation.web.application import application, served
from groundstation.web.guards import LOOPBACK_NAMES, Site
from groundstation.web.tls import tls_context
from tests.groundstation import station
from tests.groundstation.entrances import PASSWORD, with_users
from tests.groundstation.sessions_here import MAP, SIGN_IN

NAME = "station.test"


def certificate_in(folder: Path, *, passphrase: bytes | None = None) -> tuple[Path, Path]:
    """A certificate of our own for `NAME` and loopback, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, SHA256())
    )  # fmt: skip
    locked = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    files = folder / "station.pem", folder / "station.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].touch(0o600)
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    return files


def trusting(certificate: Path) -> TCPConnector:
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    return TCPConnector(ssl=context)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[ClientSession, str]]:
    certificate, key = certificate_in(folder)
    outbox = Outbox(("north",))
    outbox.put(Topic.DENSITY, MAP)
    site = Site(names=LOOPBACK_NAMES | {NAME}, is_secure=True)
    app = application(outbox, clock=time.time_ns, entrance=with_users(folder, *Role), site=site)
    async with served(app, host="127.0.0.1", port=0, tls=tls_context(certificate, key), name=NAME) as address:
        assert address.startswith(f"https://{NAME}:")
        here = address.replace(NAME, "127.0.0.1")
        async with ClientSession(connector=trusting(certificate), cookie_jar=CookieJar(unsafe=True)) as session:
            yield session, here


async def test_the_cookie_goes_over_tls_only_and_names_are_those_of_the_settings(tmp_path: Path) -> None:
    async with serving(tmp_path) as (session, address):
        port = address.rstrip("/").rpartition(":")[2]
        body = {"name": "operator", "password": PASSWORD}
        origin = {"Host": f"{NAME}:{port}", "Origin": f"https://{NAME}:{port}"}
        async with session.post(f"{address}{SIGN_IN[1:]}", json=body, headers=origin) as answer:
            assert answer.status == 201
            assert SimpleCookie(answer.headers["Set-Cookie"])["groundstation"]["secure"]
        for headers, status in (
            (origin, 200),
            ({"Host": "evil.example"}, 421),
            ({**origin, "Origin": f"http://{NAME}:{port}"}, 403),
            ({**origin, "Origin": "https://evil.example"}, 403),
        ):
            async with session.get(f"{address}api/v1/density", headers=headers) as answer:
                assert answer.status == status, headers
        async with session.ws_connect(f"{address}api/v1/live", headers=origin) as socket:
            assert (await socket.receive_json(timeout=5))["people"] == 12
        with pytest.raises(WSServerHandshakeError, match="403"):
            await session.ws_connect(f"{address}api/v1/live", headers={**origin, "Origin": "https://evil.example"})


async def test_plain_http_is_not_spoken_where_tls_is(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, address), ClientSession() as plain:
        with pytest.raises((OSError, Exception), match=r"(?i)disconnected|reset|bad"):
            await plain.get(address.replace("https", "http"))


async def test_a_station_with_a_certificate_serves_https_under_its_name(
    tmp_path: Path, running: Mission, fake_worker: Any, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = certificate_in(tmp_path)
    table = {"certificate": str(certificate), "key": str(key), "names": [NAME]}
    made = settings(tmp_path, tls=table)
    async with station.serving(made, running, fake_worker("fixed")) as client:
        assert client.address.startswith(f"https://{NAME}:")
        here = client.address.replace(NAME, "127.0.0.1")
        async with ClientSession(connector=trusting(certificate)) as session:
            async with session.get(f"{here}public") as answer:
                assert answer.status == 200
            async with session.get(f"{here}api/v1/health") as answer:
                assert answer.status == 401
    (line,) = [record.getMessage() for record in caplog.records if "nobody_can_sign_in" in record.getMessage()]
    assert f"mend=groundstation users add NAME --role supervisor --state {made.station.state_dir}" in line


async def test_a_damaged_list_of_users_is_told_at_the_start(tmp_path: Path, running: Mission, fake_worker: Any) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "users.json").touch(0o600)
    with pytest.raises(BadInputError, match=r"users\.json: is damaged"):
        async with station.serving(settings(tmp_path), running, fake_worker("fixed")):
            pass


def settings(folder: Path, **more: Any) -> Settings:
    return station.settings(folder, **{"sign_in": {}, **more})


TLS = {"certificate": "a.pem", "key": "a.key", "names": [NAME]}
OUTSIDE = {"host": "0.0.0.0"}  # noqa: S104 - for other machines


def test_other_machines_need_tls(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.168.1.10", "station.local"):  # noqa: S104 - for other machines
        with pytest.raises(BadInputError, match=rf"station\.host, found '{host}'; write 127\.0\.0\.1, or add \[tls\]"):
            settings(tmp_path, station={"host": host})
    made = settings(tmp_path, station=OUTSIDE, tls=TLS)
    assert made.tls is not None
    assert made.tls.certificate == tmp_path.resolve() / "a.pem"


@pytest.mark.parametrize("more", [{"station": OUTSIDE, "tls": TLS}, {"tls": TLS}])
def test_no_session_opens_by_itself_where_others_come_in(tmp_path: Path, more: dict[str, Any]) -> None:
    with pytest.raises(BadInputError, match="by_itself on a loopback address"):
        settings(tmp_path, sign_in={"by_itself": True}, **more)


@pytest.mark.parametrize("names", [[], ["https://x"], ["a b"], [""]])
def test_names_are_names(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(BadInputError, match=r"tls\.names"):
        settings(tmp_path, tls={**TLS, "names": names})


def test_what_is_no_certificate_with_its_key_is_told_in_one_line(tmp_path: Path) -> None:
    certificate, key = certificate_in(tmp_path)
    (tmp_path / "other").mkdir()
    _, other = certificate_in(tmp_path / "other")
    (tmp_path / "locked").mkdir()
    locked = certificate_in(tmp_path / "locked", passphrase=b"secret")
    (tmp_path / "text.pem").write_text("no certificate")
    for files, says in (
        ((tmp_path / "none.pem", key), "none.pem: cannot be read"),
        ((certificate, tmp_path / "none.key"), "none.key: cannot be read"),
        ((tmp_path / "text.pem", key), "are no certificate and its key"),
        ((certificate, other), "are no certificate and its key"),
        (locked, "without a passphrase"),
    ):
        with pytest.raises(BadInputError, match=says) as told:
            tls_context(*files)
        assert "\n" not in str(told.value)
    key.chmod(0o644)
    with pytest.raises(BadInputError, match=r"others may read this key \(mode 644\)"):
        tls_context(certificate, key)
