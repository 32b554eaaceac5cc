"""Height files as operators have them: half a posting, empty posts, datums, and what is no height model."""

import math
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio

from flightlink.pose import HeightDatum
from maps.errors import TerrainError
from maps.terrain.crop import Cut
from maps.terrain.files import TerrainFiles, terrain_from_file
from maps.terrain.grid import TerrainGrid
from tests.maps.terrain.files import write_hgt, write_tiff

LAT_DEG, LON_DEG = 48.857, 2.352
SHARED = Path(os.environ.get("GROUNDSTATION_SHARED", Path(__file__).parents[4] / "shared"))
RAMP = np.add.outer(np.arange(200.0) * -0.25, np.arange(200.0) * 0.125).astype(np.float32)
"""Exact in float32: falls by a quarter a row, rises by an eighth a column."""


def cut(**changes: Any) -> Cut:
    return Cut(**{"lat_deg": LAT_DEG, "lon_deg": LON_DEG, "reach_m": 60.0, **changes})


def metric(lat_deg: float = LAT_DEG, lon_deg: float = LON_DEG, crs: str = "EPSG:2154") -> tuple[float, float]:
    return pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(lon_deg, lat_deg)


def height(grid: TerrainGrid, lat_deg: float = LAT_DEG, lon_deg: float = LON_DEG) -> float:
    return float(grid.at(np.array(lat_deg), np.array(lon_deg)))


@pytest.mark.parametrize("kind", ["Area", "Point"])
@pytest.mark.parametrize("crs", ["EPSG:2154", "EPSG:32631", "EPSG:3035"])
def test_a_post_stands_in_the_middle_of_its_cell(tmp_path: Path, kind: str, crs: str) -> None:
    x, y = metric(crs=crs)
    path = write_tiff(tmp_path / "dem.tif", RAMP, crs=crs, west=x - 100, north=y + 100, step=1.0, AREA_OR_POINT=kind)
    with rasterio.open(path) as raster:
        assert raster.tags()["AREA_OR_POINT"] == kind
    grid = terrain_from_file(path, cut()).grid
    assert height(grid) == pytest.approx(99.5 * (0.125 - 0.25), abs=1e-4)
    lat, lon = 48.8573, 2.3525
    east, south = metric(lat, lon, crs)[0] - x, y - metric(lat, lon, crs)[1]
    assert height(grid, lat, lon) == pytest.approx((99.5 + east) * 0.125 - (99.5 + south) * 0.25, abs=1e-3)


def test_a_file_moved_by_half_a_post_is_another_ground(tmp_path: Path) -> None:
    """A file of points whose tie point is its first post, as many surveys write: GDAL's own corner is half outside."""
    x, y = metric()
    plain = write_tiff(tmp_path / "a.tif", RAMP, crs="EPSG:2154", west=x - 100, north=y + 100, step=1.0)
    moved = write_tiff(tmp_path / "b.tif", RAMP, crs="EPSG:2154", west=x - 99.5, north=y + 100, step=1.0)
    one, other = (height(terrain_from_file(path, cut()).grid) for path in (plain, moved))
    assert one - other == pytest.approx(0.5 * 0.125, abs=1e-4)


def test_degrees_and_a_cut_that_depends_on_the_place_alone(tmp_path: Path) -> None:
    step = 1 / 3600
    path = write_tiff(
        tmp_path / "d.tif", RAMP, crs="EPSG:4326", west=LON_DEG - 100 * step, north=LAT_DEG + 100 * step, step=step
    )
    files = TerrainFiles()
    here = files.about(path, lat_deg=LAT_DEG, lon_deg=LON_DEG)
    assert height(here.grid) == pytest.approx(99.5 * (0.125 - 0.25), abs=1e-4)
    assert files.about(path, lat_deg=LAT_DEG + 1e-4, lon_deg=LON_DEG) is here
    assert not here.is_datum_stated
    assert here.grid.datum is HeightDatum.AMSL


@pytest.mark.parametrize(
    ("crs", "datum"),
    [
        ("EPSG:2154+5720", HeightDatum.AMSL),
        ("EPSG:32631+5773", HeightDatum.EGM96),
        ("EPSG:32631+3855", HeightDatum.EGM2008),
        ("EPSG:4979", HeightDatum.ELLIPSOID),
    ],
)
def test_a_stated_datum_is_believed_and_the_operator_more(tmp_path: Path, crs: str, datum: HeightDatum) -> None:
    x, y, step = (LON_DEG, LAT_DEG, 1e-5) if crs == "EPSG:4979" else (*metric(crs=crs.split("+", maxsplit=1)[0]), 1.0)
    path = write_tiff(tmp_path / "d.tif", RAMP, crs=crs, west=x - 100 * step, north=y + 100 * step, step=step)
    read = terrain_from_file(path, cut())
    assert (read.grid.datum, read.is_datum_stated) == (datum, True)
    assert terrain_from_file(path, cut(datum=HeightDatum.EGM96)).grid.datum is HeightDatum.EGM96


@pytest.mark.parametrize("empty", [-9999.0, -32768.0, math.nan, 1e38])
@pytest.mark.parametrize("says", [True, False])
def test_empty_posts_are_no_ground(tmp_path: Path, empty: float, says: bool) -> None:
    x, y = metric()
    heights = RAMP.copy()
    heights[:100] = empty
    nodata = {"nodata": empty} if says else {}
    path = write_tiff(tmp_path / "d.tif", heights, crs="EPSG:2154", west=x - 100, north=y + 100, step=1.0, **nodata)
    grid = terrain_from_file(path, cut()).grid
    assert math.isnan(height(grid, LAT_DEG + 1e-4))
    assert math.isfinite(height(grid, LAT_DEG - 1e-4))
    heights[:] = empty
    path = write_tiff(tmp_path / "e.tif", heights, crs="EPSG:2154", west=x - 100, north=y + 100, step=1.0, **nodata)
    with pytest.raises(TerrainError, match="knows no ground"):
        terrain_from_file(path, cut())


def test_scale_and_offset_are_applied(tmp_path: Path) -> None:
    x, y = metric()
    path = write_tiff(
        tmp_path / "d.tif", np.full((200, 200), 1234, np.int16), crs="EPSG:2154", west=x - 100, north=y + 100, step=1.0
    )
    with rasterio.open(path, "r+") as raster:
        raster.scales, raster.offsets = (0.1,), (10.0,)
    assert height(terrain_from_file(path, cut()).grid) == pytest.approx(133.4, abs=1e-4)


def test_an_srtm_tile_has_its_posts_on_the_corners(tmp_path: Path) -> None:
    heights = np.add.outer(np.arange(1201) * -1, np.arange(1201) * 2) + 2000
    heights[600, 600] = -32768
    path = write_hgt(tmp_path / "N48E002.hgt", heights)
    grid = terrain_from_file(path, Cut(lat_deg=48.25, lon_deg=2.75, reach_m=3000.0)).grid
    assert grid.datum is HeightDatum.EGM96
    assert height(grid, 48.25, 2.75) == pytest.approx(2000 - 900 + 2 * 900)
    assert math.isnan(height(terrain_from_file(path, Cut(lat_deg=48.5, lon_deg=2.5, reach_m=3000.0)).grid, 48.5, 2.5))
    with zipfile.ZipFile(tmp_path / "tile.hgt.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "N48E002.hgt")
    zipped = terrain_from_file(tmp_path / "tile.hgt.zip", Cut(lat_deg=48.25, lon_deg=2.75, reach_m=3000.0)).grid
    np.testing.assert_array_equal(zipped.heights_m, grid.heights_m)


def test_what_is_no_height_model_is_refused_with_its_reason(tmp_path: Path) -> None:
    x, y = metric()
    place: dict[str, Any] = {"crs": "EPSG:2154", "west": x - 100, "north": y + 100, "step": 1.0}
    good = write_tiff(tmp_path / "good.tif", RAMP, **place)
    (tmp_path / "cut.tif").write_bytes(good.read_bytes()[:3000])
    (tmp_path / "empty.tif").touch()
    (tmp_path / "text.tif").write_text("heights")
    (tmp_path / "N48E002.hgt").write_bytes(b"\0" * 1000)
    (tmp_path / "junk.zip").write_bytes(b"PK\3\4 no archive")
    write_hgt(tmp_path / "tile.hgt", np.zeros((1201, 1201)))
    write_tiff(tmp_path / "placeless.tif", RAMP, **{**place, "crs": None})
    write_tiff(tmp_path / "feet.tif", RAMP, **{**place, "crs": "EPSG:32631+6360", "west": metric(crs="EPSG:32631")[0]})
    shape: dict[str, Any] = {"count": 3, "width": 9, "height": 9, "dtype": "uint8"}
    with rasterio.open(
        tmp_path / "photo.tif",
        "w",
        driver="GTiff",
        crs="EPSG:2154",
        transform=rasterio.Affine(1, 0, x, 0, -1, y),
        **shape,
    ) as photo:
        photo.write(np.zeros((3, 9, 9), np.uint8))
    for name, reason in {
        "cut.tif": "copy it again|no GeoTIFF", "empty.tif": "is empty", "text.tif": "no height model",
        "N48E002.hgt": "no height model", "junk.zip": "unpacked", "tile.hgt": "its name",
        "placeless.tif": "where it lies", "feet.tif": "foot; convert",
        "photo.tif": "3 bands", "missing.tif": "no file", ".": "no file",
    }.items():  # fmt: skip
        with pytest.raises(TerrainError, match=reason):
            terrain_from_file(tmp_path / name, cut())
    with pytest.raises(TerrainError, match="does not cover"):
        terrain_from_file(good, cut(lat_deg=49.5))


@pytest.mark.parametrize(
    ("crs", "kind", "unit", "reason"),
    [
        ("EPSG:2154", "float32", "cm", "in cm; convert"),
        ("EPSG:2154", "float32", "US survey foot", "foot; convert"),
        ("EPSG:2154", "complex64", "m", "complex"),
        ("+proj=longlat +R=1737400 +no_defs", "float32", "m", "not tied to the Earth"),
        ('LOCAL_CS["site",UNIT["metre",1]]', "float32", "", "not tied to the Earth"),
    ],
)
def test_heights_in_other_units_or_on_no_earth_are_refused(
    tmp_path: Path, crs: str, kind: str, unit: str, reason: str
) -> None:
    path = write_tiff(tmp_path / "odd.tif", RAMP.astype(kind), crs=crs, west=2.0, north=49.0, step=0.001)
    with rasterio.open(path, "r+") as raster:
        raster.units = (unit,)
    with pytest.raises(TerrainError, match=reason):
        terrain_from_file(path, cut())


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "N48E002.hgt.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("N48E002.hgt", bytes(2 * 1201 * 1201))
    data = bytearray(path.read_bytes())
    data[30 + len("N48E002.hgt")] = 0xFF  # the first byte of the packed data: a kind of block that there is not
    path.write_bytes(data)
    with pytest.raises(TerrainError, match="cannot be unpacked"):
        terrain_from_file(path, cut())


def test_an_archive_packed_in_another_way_than_zip_tools_do_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "N48E002.hgt.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("N48E002.hgt", bytes(2 * 1201 * 1201))
    with pytest.raises(TerrainError, match="holds no SRTM tile"):
        terrain_from_file(path, cut())


@pytest.mark.data
@pytest.mark.skipif(not (SHARED / "data/dem_srtm").exists(), reason=f"no height models in {SHARED}")
def test_the_simulators_home_on_a_real_tile() -> None:
    path = SHARED / "data/dem_srtm/S36E149.hgt.zip"
    grid = terrain_from_file(path, Cut(lat_deg=-35.363262, lon_deg=149.165237, reach_m=3000.0)).grid
    assert height(grid, -35.363262, 149.165237) == pytest.approx(584.9, abs=0.06)


@pytest.mark.parametrize("step_m", [0.05, 0.1, 0.25, 0.4, 0.5])
def test_a_model_finer_than_needed_is_thinned_and_not_cut_short(tmp_path: Path, step_m: float) -> None:
    """Models made from drones have a post every few centimetres; all that the file covers is answered."""
    lat, lon = LAT_DEG + 0.0024, LON_DEG + 0.0024  # as far from the middle of the cut as it comes
    x, y = metric(lat, lon)
    heights = np.add.outer(np.arange(900.0) * -0.25, np.arange(900.0) * 0.125).astype(np.float32)
    path = write_tiff(
        tmp_path / "fine.tif", heights, crs="EPSG:2154", west=x - 450 * step_m, north=y + 450 * step_m, step=step_m
    )
    grid = TerrainFiles().about(path, lat_deg=lat, lon_deg=lon).grid
    assert step_m < grid.posting_m <= 1.25
    assert height(grid, lat, lon) == pytest.approx(449.5 * (0.125 - 0.25), abs=2e-3)
    aside_m = 400 * step_m
    there = pyproj.Transformer.from_crs(2154, 4326, always_xy=True).transform(x + aside_m, y - aside_m)
    assert height(grid, there[1], there[0]) == pytest.approx(849.5 * (0.125 - 0.25), abs=2e-3)


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write_hgt(tmp_path / "N48E002.hgt", np.zeros((1201, 1201)))
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(TerrainError, match=r"N48E002.hgt: cannot be read \(Permission denied\); check the path"):
        terrain_from_file(path, cut())
