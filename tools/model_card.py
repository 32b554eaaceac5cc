"""Writes the tables of docs/model-card.md from the figures in docs/figures: no figure of the card is written by hand.

    groundstation models measure --model above --images DIR --truth DIR/truth.jsonl --json > docs/figures/NAME.json
    groundstation evaluate people --truth T.jsonl --images DIR --json > docs/figures/NAME.json
    .venv/bin/python -m tools.model_card            # --check: only say whether the card is as its figures

In the card a part between `<!-- figures: NAME -->` and `<!-- end of figures -->` holds the tables of NAME.json.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

CARD: Final = Path("docs/model-card.md")
FIGURES: Final = Path("docs/figures")
PART: Final = re.compile(r"(<!-- figures: ([a-z0-9-]+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
MOST_FLIGHTS: Final = 12
"""More flights than these are told by their middle and worst."""
OF_PICTURES: Final = (
    ("pictures", "pictures"), ("people", "n"), ("recall", "recall"), ("precision", "precision"), ("F1", "f1"),
    ("count error", "count_error"), ("bias", "count_bias"),
)  # fmt: skip


def main() -> int:
    """Write or check the card; 1 when it is not as its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    given = parser.parse_args()
    text = CARD.read_text(encoding="utf-8")
    filled = filled_card(text, FIGURES)
    if given.check:
        print("the card is as its figures" if filled == text else f"{CARD}: run .venv/bin/python -m tools.model_card")
        return int(filled != text)
    CARD.write_text(filled, encoding="utf-8")
    return 0


def filled_card(text: str, folder: Path) -> str:
    """Return the card with every part between its markers written anew."""

    def part(found: re.Match[str]) -> str:
        path = folder / f"{found[2]}.json"
        figures = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        lines = ["Not measured yet.", ""] if figures is None else [*lines_of(figures), ""]
        return found[1] + "\n" + "\n".join(lines) + "\n" + found[3]

    return PART.sub(part, text)


def lines_of(figures: dict[str, Any]) -> list[str]:
    """Return the lines for one measurement, of a network or of the station."""
    return list(_of_network(figures) if "model" in figures else _of_station(figures))


def _of_network(figures: dict[str, Any]) -> Iterator[str]:
    model, whole = figures["model"], figures["all"]
    chosen = figures["threshold_chosen_on_pictures"]
    how = f", chosen on {chosen} other pictures" if chosen else ""
    seen_at = ", ".join(f"{name.replace('_', ' ')} {number:g}" for name, number in figures["seen_at"].items())
    yield (
        f"`{model['file']}`, sha256 `{model['sha256'][:16]}`, {model['bytes'] / 1e6:.1f} MB; seen at {seen_at}; "
        f"threshold {figures['threshold']:g}{how}; {whole['n']} people in {whole['pictures']} pictures, "
        f"{whole['hidden']} more nearly hidden."
    )
    yield from ("", *table([("threshold", "threshold"), *OF_PICTURES[2:]], figures["by_threshold"]))
    for title, key, name in (
        ("depression, degrees", "by_depression_deg", "deg"), ("people/m2", "by_density_per_m2", "per_m2"),
    ):  # fmt: skip
        yield from ("", *table([(title, name), *OF_PICTURES], _ranged(figures[key], name)))
    yield from ("", *table([("light", "light"), *OF_PICTURES], figures["by_light"]))
    sizes = [("longer side in the network's input, px", "px"), ("people", "n"), ("recall", "recall"),
             ("95 % of it", "recall_ci95"), ("found", "found"), ("precision", "precision")]  # fmt: skip
    yield from ("", *table(sizes, _ranged(figures["by_size_px"], "px")))
    yield from _of_groups(figures["fairness"])


def _of_groups(fairness: dict[str, Any]) -> Iterator[str]:
    if not fairness:
        return
    rows = [
        {"kind": kind, "groups": ", ".join(_group(name, group) for name, group in grouping["groups"].items()),
         **{key: _gap(grouping["widest"], key) for key in ("as_seen", "alike")}}
        for kind, grouping in fairness.items()
    ]  # fmt: skip
    columns = [("of", "kind"), ("recall, percent (people)", "groups"), ("widest gap, points", "as_seen"),
               ("in the same picture, at the same size", "alike")]  # fmt: skip
    yield from ("", *table(columns, rows))


def _group(name: str, group: dict[str, Any]) -> str:
    return f"{name} {100 * group['recall']:.1f} ({group['n']})"


def _gap(widest: dict[str, Any] | None, key: str) -> str:
    if widest is None:
        return "too few people"
    gap, (low, high) = widest[key]["gap_points"], widest[key]["interval_points"]
    return f"{gap:.1f} ({low:.1f} to {high:.1f}), {widest[key]['best']} over {widest[key]['worst']}"


def _of_station(figures: dict[str, Any]) -> Iterator[str]:
    by_centre = figures["by_centre"]
    rows = [{
        **figures, "by_centre": f"{by_centre['found']} found, {by_centre['false_alarms']} false alarms",
        "f1_by_centre": by_centre["f1"],
    }]  # fmt: skip
    columns = [*OF_PICTURES, ("centre recall", "centre_recall"), ("by centre", "by_centre"), ("F1", "f1_by_centre")]
    yield from table(columns, rows)
    flights = figures["by_flight"]
    if len(flights) > MOST_FLIGHTS:
        scores = sorted(row["f1"] or 0.0 for row in flights)
        middle = scores[len(scores) // 2]
        yield from ("", f"{len(flights)} flights apart: F1 {middle:.3f} in the middle, {scores[0]:.3f} in the worst.")
    elif flights:
        yield from ("", *table([("flight", "flight"), *OF_PICTURES], flights))
    if figures.get("warnings"):
        yield from ("", *(f"Warning: {warning}." for warning in figures["warnings"]))


def _ranged(rows: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return rows with their range in words."""
    return [{**row, name: _range(row[f"from_{name}"], row[f"to_{name}"])} for row in rows]


def _range(low: float, high: float | None) -> str:
    return f"{low:g} and more" if high is None else f"{low:g} to {high:g}"


def table(columns: Sequence[tuple[str, str]], rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield a Markdown table of rows: for each column its title and the key of its figures."""
    yield "| " + " | ".join(title for title, _ in columns) + " |"
    yield "| " + " | ".join("---" for _ in columns) + " |"
    for row in rows:
        yield "| " + " | ".join(_cell(row.get(key)) for _, key in columns) + " |"


def _cell(value: Any) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, list):
        return " to ".join(f"{part:.3f}" for part in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    raise SystemExit(main())
