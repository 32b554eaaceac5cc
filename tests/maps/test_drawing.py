import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely

from maps.cells import CellId, FusedCell
from maps.disclosure import published, published_recording
from maps.drawing import report_html, total_text
from maps.geojson import feature_collection
from maps.tallies import CellTally

MakeLeaf = Callable[..., FusedCell]
NOW_NS = 1_790_000_000 * 10**9
EAST, NORTH = 130_400, 1_372_400
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

OUTSIDE = [
    r"""(?i)\b(?:src|href|action|poster|data|srcset)\s*=\s*["']?\s*(?:https?:)?//""",
    r"(?i)@import",
    r"""(?i)url\(\s*["']?\s*(?:https?:)?//""",
    r"""(?i)\b(?:fetch|open|import)\(\s*["'](?:https?:)?//""",
    r"(?i)<link\b",
    r"(?i)sourceMappingURL",
]


@pytest.fixture(scope="module")
def collection(make_leaf: MakeLeaf) -> dict[str, Any]:
    densities = [5.0, 30.0, 55.0, 90.0, 140.0, 0.0]
    leaves = [
        make_leaf(EAST + i, NORTH + j, densities[(i + j) % 6], saturated=i == j == 3)
        for i in range(4)
        for j in range(4)
    ]
    leaves += [make_leaf(EAST + 4, NORTH, 2.0), make_leaf(EAST + 8, NORTH, 9.0, seen_utc_ns=NOW_NS - 20 * 10**9)]
    area = shapely.box(EAST * 5, NORTH * 5, EAST * 5 + 100, NORTH * 5 + 40)
    return feature_collection(published(leaves, NOW_NS, 2154, area))


@pytest.fixture(scope="module")
def document(collection: dict[str, Any]) -> str:
    return report_html(collection, {"video": "a.mp4", "frames": 12}, title="Quay, 21 September")


@pytest.mark.parametrize("pattern", OUTSIDE)
def test_no_outside_address(document: str, pattern: str) -> None:
    assert not re.search(pattern, document)


def test_the_only_addresses_are_names_of_svg(document: str) -> None:
    assert set(re.findall(r"https?://[\w./-]+", document)) == {"http://www.w3.org/2000/svg"}


def test_the_patterns_above_would_bite() -> None:
    import folium  # noqa: PLC0415 - the control: what folium writes by itself

    page = folium.Map().get_root().render()
    assert len(re.findall(OUTSIDE[0], page)) > 5


def test_the_total_says_over_what(document: str, collection: dict[str, Any]) -> None:
    share = round(collection["observed_share"] * 100)
    assert f"at least {collection['people']:.0f} ± {collection['people_sigma']:.0f} people, and 1 to 4 more" in document
    assert f"in cells of 1 to 4, over {share}% of the zone seen" in document
    assert "Cells with 1 to 4 people have no figure and are not in the total: 1." in document


@pytest.mark.parametrize("covers_s", [None, 12.0])
def test_what_nobody_saw_has_no_figure_in_the_total(collection: dict[str, Any], covers_s: float | None) -> None:
    unseen = {**collection, "observed_share": 0.0, "people": 0.0, "people_sigma": 0.0, "covers_s": covers_s}
    total = total_text(unseen)
    assert total == f"nothing of the zone was seen, so nothing is known of people there, {collection['utc']}"


def test_legend_table_and_patterns_are_there(document: str, collection: dict[str, Any]) -> None:
    for word in ("people/m²", "free, under 1", "dense, from 1", "watch, from 2", "alert, from 3.5", "critical, from 5"):
        assert word in document
    for name in ("free", "dense", "watch", "alert", "critical"):
        assert f'<pattern id="level-{name}"' in document
        assert f"url(#level-{name})" in document
    assert '<pattern id="unseen"' in document
    told = [cell for cell in collection["features"] if cell["properties"]["state"] != "unobserved"]
    assert document.count("<tr><td>") == len(told)
    assert "20 s old" in document


def test_foreign_text_cannot_become_markup_or_template(collection: dict[str, Any]) -> None:
    evil = "</script><script>alert(1)</script>{{7*7}}{% raw %}"
    page = report_html({**collection, "utc": evil}, {evil: evil}, title=evil)
    assert "<script>alert(1)" not in page
    assert "{{7*7}}" in page
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", page)[0]


@pytest.mark.parametrize("changes", [{"state": "<b>"}, {"level": "<b>"}, {"people": "<b>"}, {"size_m": "<b>"}])
def test_a_cell_that_is_no_cell_is_refused(collection: dict[str, Any], changes: dict[str, Any]) -> None:
    crowded = next(feature for feature in collection["features"] if feature["properties"]["people"])
    broken = {**crowded, "properties": {**crowded["properties"], **changes}}
    with pytest.raises((ValueError, TypeError)):
        report_html({**collection, "features": [broken]}, {})


def test_an_empty_map_is_still_a_report() -> None:
    page = report_html(feature_collection(published([], NOW_NS, 2154)), {})
    assert "nothing of the zone was seen, so nothing is known of people there" in page


@pytest.mark.parametrize(
    ("mean", "words"), [(5.8, "6 ± 1 people at once on average"), (3.0, "fewer than 5 people at once")]
)
def test_a_recording_says_what_its_figures_are(mean: float, words: str) -> None:
    tally = CellTally(
        people=7.0, variance=1.0, area_m2=400.0, seen_m2=400.0, ce90_m=2.0, age_s=None, sources=frozenset("a"),
        saturated=False, people_mean=3.4,
    )  # fmt: skip
    tallies = {CellId(20, EAST // 4, NORTH // 4): tally, CellId(5, EAST, NORTH): replace(tally, seen_m2=25.0)}
    told = published_recording(tallies, NOW_NS, 2154, people_mean=mean, people_sigma=1.0, covers_s=80.0)
    page = report_html(feature_collection(told), {})
    assert words in page
    assert "in 80 s until" in page
    assert "7 ± 1.2 people, on average 3.4" in page
    assert "busiest moment" in page


def test_many_cells_keep_their_figures_in_the_table(make_leaf: MakeLeaf, document: str) -> None:
    assert "setIcon(div_icon" in document
    leaves = [make_leaf(EAST + i, NORTH + j, 9.0) for i in range(30) for j in range(30)]
    page = report_html(feature_collection(published(leaves, NOW_NS, 2154)), {})
    assert "setIcon(div_icon" not in page
    assert page.count("<tr><td>") == 900


@pytest.fixture
def page(document: str, tmp_path: Path) -> dict[str, Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development tool that users lack

    path = tmp_path / "report.html"
    path.write_text(document, encoding="utf-8")
    told: dict[str, Any] = {"console": [], "asked": []}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1200, "height": 1000})
        tab.on("console", lambda message: told["console"].append(message.text))
        tab.on("pageerror", lambda error: told["console"].append(str(error)))
        tab.on("request", lambda request: told["asked"].append(request.url))
        tab.goto(path.as_uri())
        tab.wait_for_selector("path.cell.critical")
        told["cells"] = tab.locator(".folium-map path.cell").count()
        told["numbers"] = tab.locator(".folium-map .number").all_inner_texts()
        told["fill"] = tab.eval_on_selector("path.cell.critical", "path => getComputedStyle(path).fill")
        told["unseen"] = tab.eval_on_selector("path.cell.unobserved", "path => getComputedStyle(path).fill")
        browser.close()
    told["own"] = path.as_uri()
    return told


@pytest.mark.browser
def test_it_opens_offline_and_draws(page: dict[str, Any], collection: dict[str, Any]) -> None:
    assert page["console"] == []
    assert page["asked"] == [page["own"]]
    assert page["cells"] == len(collection["features"])
    assert "#level-critical" in page["fill"]
    assert "#unseen" in page["unseen"]
    assert "140" in page["numbers"]
    assert "1\u20134" in page["numbers"]
    assert json.dumps(page["numbers"]).count("\\u2265") == 1
