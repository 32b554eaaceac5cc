"""Geoid grids: what is published comes out, what is none is refused, and nothing is ever left unchanged in silence."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from maps.errors import TerrainError
from maps.terrain.geoid import KNOWN_M, geoid_m_from_file
from tests.maps.terrain.files import write_tiff

SYSTEM_GRIDS = [Path("/usr/share/proj/egm96_15.gtx"), Path("/usr/local/share/proj/egm96_15.gtx")]
PUBLISHED = (
    (33.7490, -84.3880, -30.413), (0.0, 0.0, 17.16), (34.0522, -118.2437, -35.423), (64.1466, -21.9426, 66.263),
    (51.5074, -0.1278, 46.190), (50.4501, 30.5234, 25.472), (-37.8136, 144.9631, 4.105), (39.9042, 116.4074, -10.187),
    (-33.9249, 18.4241, 31.110), (-33.4489, -70.6693, 26.412), (38.6281550, 269.7791550 - 360, -31.628),
    (-14.6212170, 305.0211140 - 360, -2.969), (46.8743190, 102.4487290, -43.575), (-23.6174460, 133.8747120, 15.871),
    (38.6254730, 359.9995 - 360, 50.066), (-0.4667440, 0.0023, 17.329),
)  # fmt: skip


def invented(step_deg: float = 1.0) -> NDArray[np.float32]:
    """Return separations on the whole Earth, south row first, that are as published near the known places only."""
    lat, lon = np.meshgrid(np.arange(-90, 90.1, step_deg), np.arange(-180, 180, step_deg), indexing="ij")
    grid = np.zeros(lat.shape, np.float32)
    for place_lat, place_lon, separation in KNOWN_M:
        off = np.hypot(lat - place_lat, (lon - place_lon + 180) % 360 - 180)
        grid[off < 2.5 * step_deg] = separation
    return grid


def write_gtx(path: Path, grid: NDArray[np.float32], *, south: float, west: float, step: float) -> Path:
    rows, columns = grid.shape
    path.write_bytes(struct.pack(">4d2i", south, west, step, step, rows, columns) + grid.astype(">f4").tobytes())
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gtx(tmp_path_factory.mktemp("geoid") / "made.gtx", invented(), south=-90, west=-180, step=1.0)


@pytest.mark.parametrize("known", KNOWN_M[:4])
def test_the_separation_of_a_place_comes_out(whole: Path, known: tuple[float, float, float]) -> None:
    lat_deg, lon_deg, separation_m = known
    assert geoid_m_from_file(whole, lat_deg=lat_deg, lon_deg=lon_deg) == pytest.approx(separation_m, abs=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.floats(46.2, 47.8), st.floats(2.2, 4.8))
def test_between_posts_it_is_bilinear_in_both_kinds_of_file(
    tmp_path_factory: pytest.TempPathFactory, lat_deg: float, lon_deg: float
) -> None:
    folder = tmp_path_factory.mktemp("slopes")
    lat, lon = np.meshgrid(np.arange(45, 49.1, 0.25), np.arange(1, 6.1, 0.25), indexing="ij")
    slope = (40 + lat - 46 + 2 * (lon - 3)).astype(np.float32)
    gtx = write_gtx(folder / "slope.gtx", slope, south=45.0, west=1.0, step=0.25)
    tiff = write_tiff(
        folder / "slope.tif", slope[::-1], crs="EPSG:4326", west=1 - 0.125, north=49 + 0.125, step=0.25,
        AREA_OR_POINT="Point",
    )  # fmt: skip
    true_m = 40 + lat_deg - 46 + 2 * (lon_deg - 3)
    for path in (gtx, tiff):
        assert geoid_m_from_file(path, lat_deg=lat_deg, lon_deg=lon_deg) == pytest.approx(true_m, abs=1e-3)


def test_what_is_no_geoid_is_refused(tmp_path: Path, whole: Path) -> None:
    upside_down = write_gtx(tmp_path / "turned.gtx", invented()[::-1].copy(), south=-90, west=-180, step=1.0)
    shifted = write_gtx(tmp_path / "shifted.gtx", invented(), south=-90, west=0, step=1.0)
    nothing = write_gtx(tmp_path / "zero.gtx", invented() * 0, south=-90, west=-180, step=1.0)
    small = write_gtx(tmp_path / "small.gtx", np.full((9, 9), 44.6, np.float32), south=48, west=2, step=0.25)
    absurd = write_gtx(tmp_path / "absurd.gtx", np.full((9, 9), 444.6, np.float32), south=48, west=2, step=0.25)
    gaps = write_gtx(tmp_path / "gaps.gtx", np.full((9, 9), -88.8888, np.float32), south=48, west=2, step=0.25)
    (tmp_path / "cut.gtx").write_bytes(whole.read_bytes()[:-4])
    (tmp_path / "text.gtx").write_text("separations")
    bad = write_gtx(tmp_path / "nowhere.gtx", np.zeros((9, 9), np.float32), south=948, west=2, step=0.25)
    assert geoid_m_from_file(small, lat_deg=49, lon_deg=3) == pytest.approx(44.6, abs=1e-3)
    for path, reason in {
        upside_down: "is no geoid", shifted: "is no geoid", nothing: "is no geoid", absurd: "tells no geoid",
        gaps: "tells no geoid", tmp_path / "cut.gtx": "no geoid grid", tmp_path / "text.gtx": "no geoid grid",
        bad: "no place on Earth", tmp_path / "missing.gtx": "no file",
    }.items():  # fmt: skip
        with pytest.raises(TerrainError, match=reason):
            geoid_m_from_file(path, lat_deg=49, lon_deg=3)
    with pytest.raises(TerrainError, match="tells no geoid"):
        geoid_m_from_file(small, lat_deg=20, lon_deg=3)


@pytest.mark.data
@pytest.mark.skipif(not any(path.exists() for path in SYSTEM_GRIDS), reason="no egm96_15.gtx on this machine")
@pytest.mark.parametrize("published", PUBLISHED)
def test_published_separations(published: tuple[float, float, float]) -> None:
    path = next(path for path in SYSTEM_GRIDS if path.exists())
    lat_deg, lon_deg, separation_m = published
    assert geoid_m_from_file(path, lat_deg=lat_deg, lon_deg=lon_deg) == pytest.approx(separation_m, abs=0.5)
