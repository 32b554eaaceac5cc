"""Photos made for the tests: a small grey picture with the metadata of a maker."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

DJI_FIELDS = {
    "RelativeAltitude": "+40.00", "AbsoluteAltitude": "+198.50",
    "GimbalYawDegree": "+30.00", "GimbalPitchDegree": "-60.00", "GimbalRollDegree": "+0.00",
}  # fmt: skip
DJI = "http://www.dji.com/drone-dji/1.0/"
LAT, LON = 48.857, 2.352


def xmp(attributes: Mapping[str, str], *, address: str = DJI, inner: str = "") -> bytes:
    fields = " ".join(f'm:{name}="{text}"' for name, text in attributes.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:m="{address}" {fields}>{inner}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def written_photo(
    path: Path,
    packet: bytes | None,
    *,
    picture: NDArray[np.uint8] | None = None,
    place: tuple[float, float] | None = (LAT, LON),
    maker: str = "DJI",
    film_mm: int | None = 24,
    taken: str = "2026:07:14 18:00:00",
    main: Mapping[int, Any] | None = None,
    more: Mapping[int, Any] | None = None,
) -> Path:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = maker, "TEST"
    for tag, value in (main or {}).items():
        exif[tag] = value
    inner = exif.get_ifd(0x8769)
    inner[0x9003] = taken
    if film_mm is not None:
        inner[0xA405] = film_mm
    inner.update(more or {})
    if place is not None:
        exif.get_ifd(0x8825).update(gps_of(*place))
    image = Image.fromarray(np.full((60, 80), 128, np.uint8) if picture is None else picture)
    image.save(path, "JPEG", exif=exif, quality=92, **({} if packet is None else {"xmp": packet}))
    return path


def gps_of(lat_deg: float, lon_deg: float) -> dict[int, Any]:
    def rationals(degrees: float) -> tuple[IFDRational, ...]:
        whole, rest = divmod(abs(degrees), 1)
        minutes, seconds = divmod(rest * 60, 1)
        return IFDRational(int(whole), 1), IFDRational(int(minutes), 1), IFDRational(round(seconds * 60 * 10**6), 10**6)

    return {
        1: "N" if lat_deg >= 0 else "S", 2: rationals(lat_deg), 3: "E" if lon_deg >= 0 else "W", 4: rationals(lon_deg),
    }  # fmt: skip
