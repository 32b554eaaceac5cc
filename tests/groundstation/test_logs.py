import io
import logging
from collections.abc import Iterator

import pytest

from groundstation.logs import event, line_without_places, log_to


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    text = io.StringIO()
    log_to(text)
    yield text
    root.handlers[:] = handlers
    root.setLevel(level)


def test_an_event_is_one_line_of_words(stream: io.StringIO) -> None:
    event(logging.getLogger("x"), "worker_started", camera="north", pid=12)
    assert stream.getvalue().endswith(" INFO x worker_started camera=north pid=12\n")


@pytest.mark.parametrize("text", ["at 48.857012, 2.35201", "lat=-35.363262", "1.0000"])
def test_a_number_fine_enough_to_be_a_place_never_leaves(stream: io.StringIO, text: str) -> None:
    logging.getLogger("flightlink").info("fix %s", text)
    logging.getLogger("flightlink").info(text)
    assert "(number dropped)" in stream.getvalue()
    assert not any(part in stream.getvalue() for part in ("857", "35201", "363", "0000"))


def test_an_array_never_leaves(stream: io.StringIO) -> None:
    logging.getLogger("vision").info("frame %s", bytearray(b"pixels"))
    event(logging.getLogger("x"), "seen", frame=[1, 2, 3])
    assert "pixels" not in stream.getvalue()
    assert "(bytearray dropped)" in stream.getvalue()
    assert "frame=(list dropped)" in stream.getvalue()


def test_a_line_is_bounded() -> None:
    assert len(line_without_places("x" * 10_000)) == 600
