import json
import re
from datetime import UTC, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import static
from groundstation.errors import BadInputError
from groundstation.public.desk import SERVED
from groundstation.public.documents import About, Budget, Register, Release, read
from groundstation.public.drawing import drawn
from groundstation.public.folder import LINKS
from groundstation.public.noise import people_within, told
from groundstation.public.page import figure, page, when
from maps.budget import EPSILON_PER_RELEASE
from maps.noise import geometric_noise
from tests.groundstation.public_told import about, density, register, release

LANGUAGES = ("fr", "en")


class Read(HTMLParser):
    """What a browser reads: tags in their order, addresses, words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words = ""
        self.feed(text)
        self.words = re.sub(r"\s+", " ", self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name == "style" or name.startswith("on")], "the CSP allows none"

    def handle_data(self, data: str) -> None:
        self.words += data


def read_page(language: str = "fr", *, told_about: About | None = None, links: Any = SERVED, **parts: Any) -> Read:
    made = {"register": register(), "release": release()} | parts
    text = page(told_about or about(), made["register"], made["release"], language=language, links=links, zone=UTC)
    return Read(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_what_flies_why_and_by_what_right(language: str) -> None:
    words = read_page(language).words
    for told_word in (
        "Fête des Lanternes : rues étroites", "2026-0912-07", "Ville de Vaubelle", "dpo@vaubelle.example",
        "north, quay",
        "14 juillet 2026, 17:00 (UTC)" if language == "fr" else "14 July 2026, 17:00 (UTC)", "CNIL",
        "groundstation prove",
        "audit verify", "18:00:00 (UTC)",
    ):  # fmt: skip
        assert told_word in words, told_word
    assert ("2 drones volent" if language == "fr" else "2 drones are flying") in words
    assert ("De 30 à 60 m" if language == "fr" else "From 30 to 60 m") in words


def test_both_languages_have_the_same_parts() -> None:
    assert read_page("fr").tags == read_page("en").tags


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "non précisé par l’exploitant"), ("en", "not stated by the operator")]
)
def test_what_the_operator_left_out_is_said(language: str, words: str) -> None:
    names = ("operator", "order", "contact", "complaint_url", "complaint_email", "complaint_postal")
    nothing = about(**dict.fromkeys(names))
    # right, who answers (twice), data, complaints
    assert read_page(language, told_about=nothing).words.count(words) == 5
    assert words not in read_page(language).words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_recording_says_that_nothing_flies(language: str) -> None:
    words = read_page(language, told_about=about(is_replay=True), release=None).words
    assert ("rien ne vole" if language == "fr" else "nothing is flying") in words
    assert "2 drones" not in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_map_yet_and_a_grey_one_are_said(language: str) -> None:
    assert ("Pas encore de carte" if language == "fr" else "No map yet") in read_page(language, release=None).words
    blank = {"state": "grey", "level": None, "density_per_m2": None, "at_least": False}
    document = density()
    cells = [{**cell, "properties": {**cell["properties"], **blank}} for cell in document["features"]]
    grey = Release.model_validate({**document, "state": "grey", "features": cells})
    words = read_page(language, release=grey).words
    assert ("Carte éteinte" if language == "fr" else "Map greyed out") in words
    assert "±" not in words


def test_the_table_holds_the_figures_of_the_release() -> None:
    words = read_page("en").words
    observed = [cell.properties for cell in release().features if cell.properties.level is not None]
    assert {cell.level for cell in observed} == {"free", "dense", "watch", "alert"}
    for cell in observed:
        assert cell.density_per_m2 is not None
        assert f"{'at least ' if cell.at_least else ''}{cell.density_per_m2:.2f}" in words
    assert "off by 14 people at most" in words
    assert "by 19 % at most" in words
    assert "2.7 times" in words


def test_the_picture_stays_within_its_frame() -> None:
    picture = drawn(about().mission.area.coordinates, release())
    numbers = [float(number) for number in re.findall(r"[-\d.]+", picture.area)]
    assert min(numbers) > 0
    assert max(numbers[::2]) < picture.width
    assert max(numbers[1::2]) < picture.height
    assert picture.area_ha == pytest.approx(1.79, rel=0.01)
    assert [cell.number for cell in picture.cells] == list(range(1, len(release().features) + 1))


def test_the_stated_noise_holds_by_the_mechanism_itself() -> None:
    noise = geometric_noise(EPSILON_PER_RELEASE)
    k = people_within(float(EPSILON_PER_RELEASE))
    off = [abs(number) for number in noise([0] * 40_000)]
    assert k == 14
    assert sum(number > k for number in off) / len(off) <= 0.105
    assert sum(number > k - 1 for number in off) / len(off) > 0.1 - 0.005
    meant = told(Budget(epsilon=1.0, window_s=60, epsilon_per_release=1 / 6))
    assert (meant.people, meant.percent_a_map) == (14, 19)


HOSTILE = st.one_of(
    st.text(min_size=1, max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>", "{{ 7 * 7 }}", "{% include 'x' %}", '"><img src=x onerror=alert(1)>',
            "</dd><h1>x",
            "'; --", "&lt;b&gt;", "<!--", "]]>", "\u202e reversed",
        ]
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(words=HOSTILE, language=st.sampled_from(LANGUAGES))
def test_no_word_of_an_operator_becomes_part_of_the_page(words: str, language: str) -> None:
    plain = read_page(language)
    mission = about().mission.model_copy(update={"purpose": words})
    names = ("station", "operator", "order", "contact", "complaint_url", "complaint_email", "complaint_postal")
    hostile = about(**dict.fromkeys(names, words), mission=mission.model_dump())
    flights = tuple(one.model_copy(update={"vehicle": words, "mission": mission}) for one in register().flights)
    made = read_page(language, told_about=hostile, register=register().model_copy(update={"flights": flights}))
    assert made.tags == plain.tags
    if words.isprintable():
        assert " ".join(words.split()) in made.words


def test_an_exported_page_names_no_other_address_than_the_operators() -> None:
    for language in LANGUAGES:
        addresses = set(read_page(language, links=LINKS).addresses)
        assert {one for one in addresses if ":" in one or one.startswith("/")} == {
            "https://vaubelle.example/reclamation", "mailto:c@vaubelle.example",
        }  # fmt: skip


def test_figures_and_times_are_written_as_the_language_does() -> None:
    assert figure(12345.678, 1, language="fr") == "12\u202f345,7"
    assert figure(12345.678, 1, language="en") == "12,345.7"
    summer = timezone(timedelta(hours=2))
    assert when("2026-08-01T22:30:00.000Z", language="fr", zone=summer) == "2 août 2026, 00:30 (UTC+02:00)"
    assert when("2026-08-01T12:30:00.000Z", language="fr", zone=UTC) == "1er août 2026, 12:30 (UTC)"


def test_a_document_of_another_kind_is_refused_in_one_line() -> None:
    with pytest.raises(BadInputError, match=r"^here: flights: Field required; is it a station") as error:
        read(Register, {"utc": "x"}, where="here")
    assert "\n" not in str(error.value)


def test_the_colours_are_those_of_the_palette() -> None:
    folder = Path(static.__path__[0])
    known = set(re.findall(r"(--[\w-]+): ?([^;]+);", (folder / "palette.css").read_text(encoding="utf-8")))
    used = re.findall(r"(--[\w-]+): ?([^;]+);", (folder / "public.css").read_text(encoding="utf-8"))
    assert len(used) > 30
    assert set(used) - known == set()


def test_json_of_the_release_is_the_one_that_is_served() -> None:
    assert json.loads(json.dumps(density()))["state"] == "live"
