import asyncio
import json
import shutil
import stat
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundstation.__main__ import main
from groundstation.errors import BadInputError
from groundstation.outbox import Outbox
from groundstation.public import exchange as exchanging
from groundstation.public.folder import MANIFEST, SIGNATURE, files_of, write_folder
from groundstation.public.keys import PUBLIC_KEY_FILE, fingerprint_in, fingerprint_of
from groundstation.public.signing import PRIVATE_KEY_FILE, signer_in
from groundstation.public.verify import expected_fingerprint, faults
from groundstation.web.application import application
from groundstation.web.public import language_of
from tests.groundstation.public_told import about, register, told

Client = TestClient[web.Request, web.Application]


def written(out: Path, state: Path) -> str:
    """Write a folder and return the fingerprint of its key."""
    signer = signer_in(state)
    write_folder(out, files_of(told(), signer, where="here"))
    return fingerprint_of(signer.public_pem)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("signed")
    return folder / "site", written(folder / "site", folder / "state")


def test_the_folder_holds_both_pages_and_what_is_behind_them(signed: tuple[Path, str]) -> None:
    site, fingerprint = signed
    assert sorted(path.name for path in site.iterdir()) == sorted(
        [
            "index.html", "en.html", "public.css", "icon.svg", "about.json", "density.json", "register.json",
            PUBLIC_KEY_FILE, MANIFEST, SIGNATURE,
        ]
    )  # fmt: skip
    assert faults(site, fingerprint) == []
    for name in ("index.html", "en.html"):
        assert fingerprint in (site / name).read_text(encoding="utf-8")
    assert json.loads((site / "density.json").read_bytes()) == json.loads(json.dumps(told().density))


def test_a_page_before_the_first_map_can_be_exported(tmp_path: Path) -> None:
    signer = signer_in(tmp_path / "state")
    files = files_of(replace(told(), density=None), signer, where="here")
    assert json.loads(files["density.json"]) is None


@pytest.mark.parametrize("program", ["sha256sum", "openssl"])
def test_the_folder_can_be_checked_without_this_program(signed: tuple[Path, str], program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on the PATH")
    commands = {
        "sha256sum": ["sha256sum", "--check", MANIFEST],
        "openssl": [
            "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", PUBLIC_KEY_FILE, "-rawin", "-in", MANIFEST, "-sigfile",
            SIGNATURE,
        ],
    }  # fmt: skip
    subprocess.run(commands[program], cwd=signed[0], check=True, capture_output=True)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_file_is_named(signed: tuple[Path, str], tmp_path: Path, data: st.DataObject) -> None:
    site, fingerprint = signed
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(site, copy)
    path = data.draw(st.sampled_from(sorted(copy.iterdir())))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    (fault,) = faults(copy, fingerprint)
    assert fault.startswith(f"{MANIFEST}:" if path.name == SIGNATURE else f"{path.name}:")


def test_a_missing_an_added_and_a_linked_file_are_named(signed: tuple[Path, str], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(signed[0], copy)
    (copy / "en.html").unlink()
    (copy / "more.html").write_text("x", encoding="utf-8")
    (copy / "icon.svg").unlink()
    (copy / "icon.svg").symlink_to(signed[0] / "icon.svg")
    assert faults(copy, signed[1]) == [
        "en.html: is missing", "icon.svg: is missing", "more.html: was added; nobody signed it",
    ]  # fmt: skip


def test_a_folder_signed_by_somebody_else_is_refused(signed: tuple[Path, str], tmp_path: Path) -> None:
    written(tmp_path / "site", tmp_path / "state")
    (fault,) = faults(tmp_path / "site", signed[1])
    assert "is another key" in fault


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = signer_in(tmp_path).public_pem
    assert signer_in(tmp_path).public_pem == first
    assert stat.S_IMODE((tmp_path / PRIVATE_KEY_FILE).stat().st_mode) == 0o600
    assert fingerprint_in(tmp_path) == fingerprint_of(first)
    assert fingerprint_in(tmp_path / "nowhere") is None
    (tmp_path / PUBLIC_KEY_FILE).write_text("another", encoding="utf-8")
    signer_in(tmp_path)
    assert fingerprint_in(tmp_path) == fingerprint_of(first)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    signer_in(tmp_path)
    (tmp_path / PRIVATE_KEY_FILE).chmod(0o640)
    with pytest.raises(BadInputError, match="others may read this key"):
        signer_in(tmp_path)


def test_a_damaged_key_is_told(tmp_path: Path) -> None:
    signer_in(tmp_path)
    (tmp_path / PRIVATE_KEY_FILE).write_text("no key", encoding="utf-8")
    with pytest.raises(BadInputError, match="is no private key"):
        signer_in(tmp_path)


def test_a_folder_of_before_is_replaced_and_other_files_are_not(tmp_path: Path) -> None:
    site = tmp_path / "site"
    fingerprint = written(site, tmp_path / "state")
    before = site.stat().st_ino
    written(site, tmp_path / "state")
    assert site.stat().st_ino != before
    assert faults(site, fingerprint) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site", "state"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(BadInputError, match="holds other files"):
        written(tmp_path / "mine", tmp_path / "state")
    assert (tmp_path / "mine" / "thesis.txt").exists()


@pytest.mark.parametrize("broken", ["sync_folder", "exchange", "_write"])
def test_a_crash_leaves_the_old_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    site = tmp_path / "site"
    fingerprint = written(site, tmp_path / "state")
    before = site.stat().st_ino

    def crash(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(f"groundstation.public.folder.{broken}", crash)
        with pytest.raises(BadInputError, match="cannot be written"):
            written(site, tmp_path / "state")
    assert site.stat().st_ino == before
    assert faults(site, fingerprint) == []
    written(site, tmp_path / "state")
    assert faults(site, fingerprint) == []


def test_an_exchange_with_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    with pytest.raises(FileNotFoundError):
        exchanging.exchange(tmp_path / "one", tmp_path / "other")


def test_a_key_is_named_by_fingerprint_or_by_file(signed: tuple[Path, str]) -> None:
    site, fingerprint = signed
    spaced = " ".join(fingerprint[place : place + 4].upper() for place in range(0, 64, 4))
    assert expected_fingerprint(spaced) == fingerprint
    assert expected_fingerprint(str(site / PUBLIC_KEY_FILE)) == fingerprint
    with pytest.raises(BadInputError, match="neither a fingerprint"):
        expected_fingerprint("7f3a")


class Told:
    """Pages of a station that says what the tests say."""

    def page(self, language: str) -> str:
        return f"<p>{language}"

    def register(self) -> dict[str, object]:
        return register().model_dump(mode="json")

    def about(self) -> dict[str, object]:
        return about().model_dump(mode="json")


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    outbox = Outbox(("north",))
    outbox.public = told().density
    server = TestServer(application(outbox, clock=lambda: 0, pages=Told()), host="127.0.0.1")
    async with TestClient(server) as client:
        yield client


async def test_the_commands_export_from_a_station_and_verify(
    client: Client, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    site, state = tmp_path / "site", tmp_path / "state"
    words = [
        "public",
        "export",
        "--out",
        str(site),
        "--from",
        str(client.make_url("/")),
        "--state",
        str(state),
        "--json",
    ]
    assert await asyncio.to_thread(main, words) == 0
    fingerprint = json.loads(capfd.readouterr().out)["key_fingerprint"]
    assert main(["public", "verify", str(site), "--key", fingerprint]) == 0
    (site / "register.json").write_text("{}", encoding="utf-8")
    assert main(["public", "verify", str(site), "--key", fingerprint]) == 1
    assert "register.json: was changed after it was signed" in capfd.readouterr().err
    assert main(["public", "verify", str(site), "--key", fingerprint, "--json"]) == 1
    assert json.loads(capfd.readouterr().out)["is_as_signed"] is False


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (["export", "--out", "x", "--from", "https://example.org"], 2, "no station on this machine"),
        (["export", "--out", "x", "--from", "http://127.0.0.1:9"], 1, "no station answers"),
        (["verify", "nowhere", "--key", "00" * 32], 2, "cannot be read"),
    ],
)
def test_wrong_usage_is_one_line(
    words: list[str], status: int, line: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["public", *words]) == status
    told_line = capfd.readouterr().err
    assert line in told_line
    assert told_line.count("\n") == 1


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        (None, "", "fr"), (None, "en-GB,en;q=0.9,fr;q=0.8", "en"), (None, "de,fr;q=0.7,en;q=0.3", "fr"),
        (None, "de", "fr"), ("en", "fr", "en"), ("xx", "en", "en"), (None, "en;q=0,fr", "fr"), (None, ";q=x,,=", "fr"),
    ],
)  # fmt: skip
def test_the_language_is_the_links_else_the_browsers(query: str | None, accepted: str, language: str) -> None:
    assert language_of(query, accepted) == language


async def test_the_addresses_answer_the_same_whatever_is_asked(client: Client) -> None:
    for name in ("register", "about"):
        answers = set()
        for query in ("", "?at=2026", "?vehicle=north"):
            async with client.get(f"/public/api/v1/{name}{query}") as answer:
                assert answer.headers["Cache-Control"] == "no-store"
                answers.add(await answer.read())
        assert len(answers) == 1
    async with client.get("/public", headers={"Accept-Language": "en"}) as answer:
        assert answer.content_type == "text/html"
        assert answer.headers["Content-Language"] == "en"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    async with client.post("/public") as answer:
        assert answer.status == 405
