"""The documentation as a tested artefact: what it must name, it names."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

SHARED_TYPES = (
    "CameraPose",
    "Mission",
    "RawFrame",
    "CappedFrame",
    "RedactedFrame",
    "CellCounts",
    "PublishedCell",
    "DensityMap",
)


def text_of(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def test_the_readme_is_short_and_names_both_commands(root: Path) -> None:
    readme = text_of(root, "README.md")
    assert readme.count("\n") < 150
    assert "make demo" in readme
    assert "make test" in readme
    assert "AGPL-3.0" in readme


def test_every_decision_has_a_number_of_its_own(root: Path) -> None:
    names = [path.name for path in sorted((root / "docs/decisions").glob("*.md"))]
    numbers = [name[:4] for name in names]
    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name) for name in names), names
    assert len(set(numbers)) == len(numbers), names


def test_every_decision_says_its_number_first(root: Path) -> None:
    for path in (root / "docs/decisions").glob("*.md"):
        assert path.read_text(encoding="utf-8").startswith(f"# {path.name[:4]}"), path.name


def direct_dependencies(root: Path) -> list[str]:
    project = tomllib.loads(text_of(root, "pyproject.toml"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return sorted({re.split(r"[<>=~! \[;]", line)[0] for group in groups for line in group})


def test_every_direct_dependency_has_its_line(root: Path) -> None:
    decision = text_of(root, "docs/decisions/0002-dependencies.md")
    named = set(re.findall(r"^\| `([^`]+)` \|", decision, re.MULTILINE))
    assert named == set(direct_dependencies(root))


@pytest.mark.parametrize("name", SHARED_TYPES)
def test_every_shared_type_has_its_line(root: Path, name: str) -> None:
    assert f"`{name}`" in text_of(root, "docs/architecture.md")


def test_every_room_says_what_it_is(root: Path) -> None:
    architecture = text_of(root, "docs/architecture.md")
    for room in ("flightlink", "maps", "vision", "groundstation", "static", "sitl", "proofs", "training"):
        assert text_of(root, f"{room}/__init__.py").startswith('"""')
        assert f"`{room}/`" in architecture


def test_every_link_between_documents_leads_somewhere(root: Path) -> None:
    documents = [root / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "NOTICE")]
    for document in [*documents, *(root / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_licence_is_the_whole_unmodified_text(root: Path) -> None:
    licence = text_of(root, "LICENSE")
    assert licence.count("\n") == 661
    assert licence.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
    assert "13. Remote Network Interaction" in licence


def test_every_bundled_part_stands_in_the_notice(root: Path) -> None:
    notice = text_of(root, "NOTICE")
    for part in ("CenterFace", "WIDER FACE", "CenterNet", "COCO", "Leaflet", "MakeHuman"):
        assert part in notice


def test_the_browser_app_names_no_outside_address(root: Path) -> None:
    texts = (path for path in (root / "static").rglob("*") if path.suffix in {".js", ".html", ".css", ".svg"})
    found = [(path.name, url) for path in texts for url in re.findall(r"https?://[^\s\"'`)]+", path.read_text("utf-8"))]
    assert [(name, url) for name, url in found if not url.startswith("http://www.w3.org/")] == []
