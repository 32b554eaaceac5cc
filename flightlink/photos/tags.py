"""The metadata of one photo as plain numbers and texts: EXIF by Pillow, XMP by an XML reader that expands nothing."""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Rational
from pathlib import Path
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from PIL import Image, UnidentifiedImageError

from flightlink.errors import PhotoError
from flightlink.photos.whole import is_cut_jpeg

EXIF_IFD: Final = 0x8769
GPS_IFD: Final = 0x8825
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NAMESPACES: Final = (
    ("dji.com/drone-dji", "dji"),
    ("skydio.com", "skydio"),
    ("skydio", "skydio"),
    ("parrot.com/drone-parrot", "parrot"),
    ("parrot", "parrot"),
    ("autel", "autel"),
    ("pix4d.com/camera", "camera"),
    ("sensefly.com/camera", "camera"),
)
"""Part of a namespace's address, in small letters -> the short name used here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoTags:
    """What one photo says of itself."""

    name: str
    """Of the file, for messages."""
    width_px: int
    """As stored, before the orientation tag is followed."""
    height_px: int
    main: Mapping[int, Any]
    """EXIF tag -> value, of the picture."""
    exif: Mapping[int, Any]
    """EXIF tag -> value, of the exposure."""
    gps: Mapping[int, Any]
    xmp: Mapping[str, str]
    """`dji:GimbalYawDegree`, `skydio:CameraOrientationNED/Yaw` -> text."""
    whole: bool
    """False where a JPEG has no end: it was cut."""

    def xmp_number(self, *names: str) -> float | None:
        """Return the first of the XMP fields that is a finite number, a fraction `a/b` too."""
        return next((number for name in names if (number := number_from_text(self.xmp.get(name))) is not None), None)

    def exif_number(self, tag: int) -> float | None:
        """Return a finite number of the exposure's EXIF."""
        return number_from_value(self.exif.get(tag))

    def text(self, tag: int) -> str:
        """Return a text of the picture's or the exposure's EXIF, without padding; empty where there is none."""
        value = self.main.get(tag, self.exif.get(tag))
        return value.strip("\0 \t\r\n") if isinstance(value, str) else ""


def tags_from_file(path: Path) -> PhotoTags:
    """Return the metadata of a photo; its pixels stay undecoded.

    Raises:
        PhotoError: the file cannot be read, is no picture, or its XMP is not XML.
    """
    try:
        with warnings.catch_warnings(action="error"), path.open("rb") as file:
            # of 100 megapixels and more; no pixel is decoded
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _tags(path, file)
    except UnidentifiedImageError as cause:
        raise PhotoError(f"{path}: is no picture that can be read; expected a JPEG or TIFF of a camera") from cause
    except Image.DecompressionBombError as cause:
        raise PhotoError(f"{path}: claims more pixels than a photo has; check the file") from cause
    except OSError as cause:
        raise PhotoError(f"{path}: cannot be read ({cause.strerror or cause}); check the file") from cause
    except (SyntaxError, ValueError, KeyError, TypeError, ArithmeticError, struct.error, Warning) as cause:
        raise PhotoError(f"{path}: its EXIF data are damaged; copy it again from the camera") from cause


def _tags(path: Path, file: BinaryIO) -> PhotoTags:
    with Image.open(file) as picture:
        exif = picture.getexif()
        return PhotoTags(
            name=path.name,
            width_px=picture.width,
            height_px=picture.height,
            main=dict(exif),
            exif=dict(exif.get_ifd(EXIF_IFD)),
            gps=dict(exif.get_ifd(GPS_IFD)),
            xmp=_xmp(path, picture.info.get("xmp")),
            whole=not is_cut_jpeg(path),
        )


def number_from_text(text: str | None) -> float | None:
    """Return a finite number, also of `+12.5` and `1250/100`; None for anything else."""
    if text is None:
        return None
    above, _, below = text.strip().partition("/")
    try:
        number = float(above) / (float(below) if below else 1.0)
    except (ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


def number_from_value(value: object) -> float | None:
    """Return an EXIF value as a finite number; None for 0/0, texts and lists."""
    if not isinstance(value, int | float | Rational):
        return None
    try:
        number = float(value)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _xmp(path: Path, packet: object) -> dict[str, str]:
    if isinstance(packet, str):
        packet = packet.encode()
    if not isinstance(packet, bytes) or not packet.strip(b"\0 \t\r\n"):
        return {}
    try:
        root = fromstring(packet.strip(b"\0 \t\r\n"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as cause:
        raise PhotoError(f"{path}: its XMP is not XML ({cause}); it was damaged or changed") from cause
    return {name: text for description in root.iter(f"{{{_RDF}}}Description") for name, text in _fields(description)}


def _fields(element: Element, within: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and text of attributes and children, `outer/inner` for what stands in another field."""
    for name, text in element.attrib.items():
        if (short := _short(name)) is not None:
            yield _joined(within, short), text
    for child in element:
        short = _short(child.tag)
        if child.tag == f"{{{_RDF}}}Description":
            yield from _fields(child, within) if within else ()
        elif short is not None:
            yield _joined(within, short), (child.text or "").strip()
            yield from _fields(child, _joined(within, short))


def _joined(within: str, short: str) -> str:
    return f"{within}/{short.partition(':')[2]}" if within else short


def _short(name: str) -> str | None:
    """Return `dji:Name` of a name with its namespace's address, None for a foreign namespace."""
    address, found, local = name.rpartition("}")
    lowered = address.lower()
    prefix = next((short for part, short in _NAMESPACES if part in lowered), None)
    return f"{prefix}:{local}" if found and prefix is not None else None
