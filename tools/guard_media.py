"""Keeps pictures and video of people out of the tree: media may lie in the folders of rendered ones only.

Without arguments it looks at every file that git tracks or would track; with file names (from the pre-commit hook)
at those alone. Exit status 1 and one line a fault.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

RENDERED: Final = ("sitl/sprites", "sitl/grounds", "docs/pictures", "vision/models/self_test", "tests/browser/golden")
"""Each holds pictures made by a program or of empty ground, and a `LICENCES.md` that names every one of them."""

MANIFEST: Final = "LICENCES.md"
MAX_RENDERED_BYTES: Final = 12_000_000
MAX_FILE_BYTES: Final = 1_000_000
MODELS: Final = "vision/models"
"""Networks of our own lie here, each pinned by the manifest."""
MAX_MODEL_BYTES: Final = 12_000_000

MEDIA_NAME: Final = re.compile(
    r".*[.](avi|avif|bmp|flv|gif|h26[45]|hei[cf]|hevc|jpe?g|m2ts|m4v|mkv|mov|mp4|mpe?g|np[yz]|png|raw|tiff?|ts|webm|webp"
    r"|wmv|y4m|yuv)",
    re.IGNORECASE,
)
# A picture keeps its first bytes under any name.
SIGNATURE: Final = re.compile(
    rb"\xff\xd8\xff|\x89PNG|GIF8[79]a|BM....\0\0\0\0|II\*\0|MM\0\*|\x1a\x45\xdf\xa3|FLV\x01|\x93NUMPY"
    rb"|RIFF....(WEBP|AVI )|....ftyp",
    re.DOTALL,
)
EMBEDDED: Final = re.compile(rb"data:(image/(?!svg)|video/)[a-z0-9.+-]+;base64,[A-Za-z0-9+/]{64}")


def listed_files(root: Path) -> list[Path]:
    """Return the files that git tracks or would track, relative to `root`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout.decode().split("\0")
    return [Path(name) for name in names if name and (root / name).is_file()]


def is_media(path: Path, content: bytes) -> bool:
    """Say whether a file is a picture or a video, by name or by its first bytes."""
    return bool(MEDIA_NAME.fullmatch(path.name) or SIGNATURE.match(content))


def rendered_folder(path: Path) -> str | None:
    """Return the folder of rendered media that holds the file, or None."""
    return next((folder for folder in RENDERED if path.is_relative_to(folder)), None)


def faults_of(root: Path, path: Path) -> Iterator[str]:
    """Yield what is wrong with one file."""
    content = (root / path).read_bytes()
    folder = rendered_folder(path)
    if not is_media(path, content):
        if EMBEDDED.search(content):
            yield f"{path}: a picture is embedded as base64; draw it as SVG"
        most = MAX_MODEL_BYTES if is_pinned(root, path, content) else MAX_FILE_BYTES
        if len(content) > most:
            yield f"{path}: {len(content)} bytes, above {most}; fetch it at set-up by its hash"
    elif folder is None:
        yield f"{path}: a picture or video outside {', '.join(RENDERED)}; none may show a real person"
    elif not is_named(root / folder / MANIFEST, path.relative_to(folder)):
        yield f"{path}: not named in {folder}/{MANIFEST}; say there who made it and under which licence"


def is_pinned(root: Path, path: Path, content: bytes) -> bool:
    """Say whether a file is a network of our own: beside the manifest that pins its very bytes."""
    manifest = root / MODELS / "manifest.toml"
    if path.suffix != ".onnx" or path.parent != Path(MODELS) or not manifest.is_file():
        return False
    cards = tomllib.loads(manifest.read_text(encoding="utf-8")).values()
    return (path.name, hashlib.sha256(content).hexdigest()) in {(card["file"], card["sha256"]) for card in cards}


def is_named(manifest: Path, name: Path) -> bool:
    """Say whether a licence manifest names a file, or ends a line's name with `/*` for its folder."""
    if not manifest.is_file():
        return False
    named = set(re.findall(r"`([^`]+)`", manifest.read_text(encoding="utf-8")))
    return name.as_posix() in named or f"{name.parent.as_posix()}/*" in named


def rendered_fault(root: Path, paths: list[Path]) -> Iterator[str]:
    """Yield a fault when the rendered media together weigh too much."""
    total = sum((root / path).stat().st_size for path in paths if rendered_folder(path))
    if total > MAX_RENDERED_BYTES:
        yield f"{', '.join(RENDERED)}: {total} bytes together, above {MAX_RENDERED_BYTES}"


def main(arguments: list[str]) -> int:
    """Print every fault; 0 without any."""
    root = Path.cwd()
    everything = listed_files(root)
    chosen = [Path(name) for name in arguments] or everything
    faults = [fault for path in chosen for fault in faults_of(root, path)] + list(rendered_fault(root, everything))
    print("\n".join(faults) or f"guard_media: {len(chosen)} files, none shows a person")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
