"""A broken worker names code, never data."""

from __future__ import annotations

import numpy as np
import pytest

from vision.last_words import LONGEST_LINE, MOST_PLACES, last_words, one_line


def broken(value: object) -> None:
    raise ValueError(f"cannot use {value}")


def led_to(value: object) -> None:
    try:
        broken(value)
    except ValueError as error:
        raise RuntimeError(f"gave up on {value}") from error


def test_it_names_code_and_kinds_and_no_value() -> None:
    with pytest.raises(RuntimeError) as caught:
        led_to(np.full((2, 2), 213, np.uint8))
    said = last_words(caught.value)
    assert "213" not in said
    assert "gave up" not in said
    for word in ("RuntimeError", "ValueError", "in broken", "in led_to", "test_last_words.py:"):
        assert word in said


def test_errors_that_lead_to_each_other_end() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert last_words(first) == "ValueError\nValueError\n"


def test_a_deep_error_is_cut_where_it_began() -> None:
    def deep(steps: int) -> None:
        if steps:
            deep(steps - 1)
        broken(steps)

    with pytest.raises(ValueError, match="cannot") as caught:
        deep(3 * MOST_PLACES)
    said = last_words(caught.value).splitlines()
    assert len(said) == 1 + MOST_PLACES
    assert said[-1].endswith("in broken")


@pytest.mark.parametrize(
    ("text", "line"), [("a\n  b\tc ", "a b c"), ("", ""), ("x" * LONGEST_LINE, "x" * LONGEST_LINE)]
)
def test_a_message_for_the_user_is_one_line(text: str, line: str) -> None:
    assert one_line(ValueError(text)) == line


def test_a_long_message_is_cut() -> None:
    said = one_line(ValueError("x" * 10_000))
    assert len(said) == LONGEST_LINE
    assert said.endswith(" ...")
