"""A JPEG of which a part is missing is refused by name; a whole one never is, whatever a camera wrote into it."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.vision.scene import textured
from tests.vision.test_source import frames_of
from vision.errors import SourceError
from vision.raw import whole
from vision.raw.source import opened_file
from vision.raw.whole import breaks_off


def jpeg_with_preview(*, progressive: bool) -> bytes:
    """Return a JPEG with another one inside its second segment, as cameras write it."""
    how = [cv2.IMWRITE_JPEG_PROGRESSIVE, int(progressive), cv2.IMWRITE_JPEG_RST_INTERVAL, 4]
    _, large = cv2.imencode(".jpg", textured(60, 80), how)
    _, small = cv2.imencode(".jpg", textured(12, 16))
    preview = small.tobytes()
    return b"\xff\xd8\xff\xe1" + (len(preview) + 2).to_bytes(2, "big") + preview + large.tobytes()[2:]


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_is_whole_or_refused(tmp_path: Path, *, progressive: bool) -> None:
    photo = jpeg_with_preview(progressive=progressive)
    path = tmp_path / "photo.jpg"
    for more in (b"", b"\xff\xd8 another picture behind it"):
        path.write_bytes(photo + more)
        assert len(frames_of(path)) == 1
    for kept in (len(photo) - 2, len(photo) - 1, len(photo) // 2, 3 * len(photo) // 4, 10, 2):
        path.write_bytes(photo[:kept])
        with pytest.raises(
            SourceError, match=r"^photo\.jpg: breaks off before the picture's end; bring the whole file"
        ):
            opened_file(path)


@example(b"\xff\xd8", False)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_whole_or_not_and_are_read_anew(data: bytes, begins: bool) -> None:
    file = io.BytesIO(b"\xff\xd8" * begins + data)
    if breaks_off(file):
        assert begins or data.startswith(b"\xff\xd8")
    assert file.tell() == 0


@given(st.integers(1, 40), st.binary(min_size=1, max_size=80))
def test_the_end_is_found_whatever_the_pieces_are(piece_bytes: int, scan: bytes) -> None:
    stuffed = scan.replace(b"\xff", b"\xff\x00")
    picture = b"\xff\xd8\xff\xe0\x00\x06\xff\xd9ab\xff\xda\x00\x04cd" + stuffed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whole, "PIECE_BYTES", piece_bytes)
        assert not breaks_off(io.BytesIO(picture + b"\xff\xd9"))
        assert breaks_off(io.BytesIO(picture))
