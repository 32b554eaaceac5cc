"""Photos by their metadata: the makers' fields and conventions, lenses, clocks, and what is refused."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.errors import PhotoError
from flightlink.photos.attitude import roll_as_shown_deg
from flightlink.photos.clock import PhotoTime
from flightlink.photos.photo import Photo, _as_shown, photo_from_file
from flightlink.pose import NO_DISTORTION, Intrinsics
from tests.flightlink.photo_files import DJI_FIELDS, LAT, LON, written_photo, xmp

SKYDIO = "https://www.skydio.com/drone-skydio/1.0/"
PARROT = "http://www.parrot.com/drone-parrot/1.0/"
AUTEL = "http://www.autelrobotics.com/drone/1.0/"
PIX4D = "http://pix4d.com/camera/1.0/"


def dji(folder: Path, **changes: str | None) -> Photo:
    fields = {name: text for name, text in (DJI_FIELDS | changes).items() if text is not None}
    return photo_from_file(written_photo(folder / "DJI_0001.JPG", xmp(fields)))


def test_a_dji_photo_tells_its_pose_above_the_take_off(tmp_path: Path) -> None:
    pose = dji(tmp_path).pose
    assert (pose.lat_deg, pose.lon_deg) == pytest.approx((LAT, LON), abs=1e-7)
    assert (pose.alt_m, pose.ground_alt_m, pose.height_datum) == (40.0, 0.0, "home")
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == (30.0, -60.0, 0.0)
    # 24 mm by the diagonal of 36 x 24 mm, on a picture of 80 x 60
    assert pose.intrinsics.fx_px == pytest.approx(24 / math.hypot(36, 24) * 100)
    assert pose.sigma.focal_share == 0.03
    assert pose.alt_amsl_m is None  # AbsoluteAltitude without RTK is nobody's height


def test_the_misspelt_longitude_counts_and_zero_falls_back_to_exif(tmp_path: Path) -> None:
    pose = dji(tmp_path, GpsLatitude="-33.5", GpsLongtitude="+151.25").pose
    assert (pose.lat_deg, pose.lon_deg) == (-33.5, 151.25)
    pose = dji(tmp_path, GpsLatitude="0.0", GpsLongitude="0.0").pose
    assert (pose.lat_deg, pose.lon_deg) == pytest.approx((LAT, LON), abs=1e-7)


def test_rtk_counts_only_fixed_and_with_its_errors(tmp_path: Path) -> None:
    stated = {"RtkStdLon": "0.012", "RtkStdLat": "0.014", "RtkStdHgt": "0.03", "RtkFlag": "50"}
    fixed = dji(tmp_path, **stated)
    assert fixed.pose.sigma.horizontal_m == 0.02
    assert fixed.alt_hae_m == 198.5
    for change in ({"RtkFlag": "34"}, {"RtkStdLon": None}, {"RtkStdHgt": "9"}):
        floating = dji(tmp_path, **(stated | change))
        assert floating.pose.sigma.horizontal_m >= 1.5
        assert floating.alt_hae_m is None


def test_each_maker_keeps_its_own_convention(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    inner = "<m:CameraOrientationNED><rdf:Description m:Yaw='10' m:Pitch='-40' m:Roll='2'/></m:CameraOrientationNED>"
    nested = inner.replace("<rdf:Description m:Yaw='10' m:Pitch='-40' m:Roll='2'/>", "")
    nested = nested.replace("><", "><m:Yaw>10</m:Yaw><m:Pitch>-40</m:Pitch><m:Roll>2</m:Roll><", 1)
    height = {"RelativeAltitude": "50"}
    for packet, maker in (
        (xmp(height, address=SKYDIO, inner=inner), "Skydio"),
        (xmp(height, address=SKYDIO, inner=nested), "Skydio"),
        (xmp(height | {"GimbalYawDegree": "10", "GimbalPitchDegree": "-40", "GimbalRollDegree": "2"}, address=AUTEL),
         "Autel Robotics"),
        (xmp({"Yaw": "10", "Pitch": "50", "Roll": "2", "AboveGroundAltitude": "5000/100"}, address=PIX4D), "Parrot"),
    ):  # fmt: skip
        pose = photo_from_file(written_photo(path, packet, maker=maker)).pose
        assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg, pose.alt_m) == (10.0, -40.0, 2.0, 50.0)


def test_parrots_own_fields_come_with_a_height_of_pix4d(tmp_path: Path) -> None:
    own = {"CameraYawDegree": "176.3", "CameraPitchDegree": "-78.4", "CameraRollDegree": "-0.3"}
    both = xmp(own, address=PARROT).replace(
        b'rdf:about=""', f'rdf:about="" xmlns:c="{PIX4D}" c:AboveGroundAltitude="60"'.encode()
    )
    pose = photo_from_file(written_photo(tmp_path / "P.JPG", both, maker="Parrot")).pose
    assert (pose.pitch_deg, pose.alt_m) == (-78.4, 60.0)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"GimbalPitchDegree": None}, "no_attitude"),
        ({"GimbalYawDegree": "nan"}, "no_attitude"),
        ({"GimbalPitchDegree": "-400"}, "no_attitude"),
        ({"RelativeAltitude": None}, "no_height"),
        ({"RelativeAltitude": "-3"}, "no_height"),
        ({"GpsLatitude": "95", "GpsLongitude": "2"}, "no_position"),
    ],
)
def test_what_is_missing_is_named_by_its_cause(tmp_path: Path, changes: dict[str, str | None], cause: str) -> None:
    with pytest.raises(PhotoError, match=cause) as caught:
        dji(tmp_path, **changes)
    assert caught.value.cause == cause
    assert "\n" not in str(caught.value)


def test_no_place_no_lens_no_convention_and_no_picture_are_refused(tmp_path: Path) -> None:
    path, packet = tmp_path / "photo.jpg", xmp(DJI_FIELDS)
    unknown = xmp({"Yaw": "10", "Pitch": "50", "AboveGroundAltitude": "50"}, address=PIX4D)
    bad: tuple[tuple[str, bytes | None, dict[str, Any]], ...] = (
        ("no_position", packet, {"place": None}),
        ("no_position", packet, {"place": (0.0, 0.0)}),
        ("no_intrinsics", packet, {"film_mm": None}),
        ("mirrored", packet, {"main": {0x0112: 2}}),
        ("unknown_pitch_convention", unknown, {"maker": "YUNEEC"}),
        ("no_height", None, {}),
        ("no_height", xmp({}), {}),
        ("unreadable", packet.replace(b"</rdf:RDF>", b""), {}),
        ("unreadable", b'<!DOCTYPE a [<!ENTITY b "c">]>' + packet, {}),
    )
    for cause, xmp_packet, changes in bad:
        written_photo(path, xmp_packet, **changes)
        with pytest.raises(PhotoError, match=cause):
            photo_from_file(path)
    path.write_text("no picture")
    with pytest.raises(PhotoError, match="no picture"):
        photo_from_file(path)


@given(cut=st.integers(1, 1800), flipped=st.integers(0, 1800))
def test_damaged_files_give_a_pose_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flipped: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = written_photo(folder / "photo.jpg", xmp(DJI_FIELDS))
    data = bytearray(path.read_bytes())
    data[flipped % len(data)] ^= 0xFF
    path.write_bytes(data[: max(1, len(data) - cut)])
    assert told(path) is None or "\n" not in str(told(path))


def told(path: Path) -> PhotoError | None:
    try:
        pose = photo_from_file(path).pose
    except PhotoError as error:
        return error
    assert pose.alt_agl_m > 0
    return None


def test_a_cut_photo_says_so(tmp_path: Path) -> None:
    path = written_photo(tmp_path / "photo.jpg", xmp(DJI_FIELDS))
    path.write_bytes(path.read_bytes()[:-40])
    assert any("cut" in note for note in photo_from_file(path).notes)


def test_time_is_utc_only_where_the_photo_says_so(tmp_path: Path) -> None:
    path, packet = tmp_path / "photo.jpg", xmp(DJI_FIELDS)
    local = photo_from_file(written_photo(path, packet)).time
    assert local == PhotoTime(None, 1_784_052_000.0)
    zoned = photo_from_file(written_photo(path, packet, more={0x9011: "+02:00", 0x9291: "25"})).time
    assert zoned.utc_ns == 1_784_044_800_250_000_000  # 16:00:00.25 UTC
    unset = photo_from_file(written_photo(path, packet, taken="1970:01:01 00:00:00")).time
    assert unset == PhotoTime(None, None)


def test_calibrated_lenses_go_before_film(tmp_path: Path) -> None:
    lens = dji(tmp_path, DewarpData="2023-01-01;56,57,0.5,-0.5,-0.1,0.02,0,0,0", DewarpFlag="0").pose.intrinsics
    assert (lens.fx_px, lens.fy_px, lens.cx_px, lens.cy_px) == (56.0, 57.0, 40.0, 29.0)
    assert lens.distortion == (-0.1, 0.02, 0.0, 0.0, 0.0)
    flat = dji(tmp_path, DewarpData="2023-01-01;56,57,0.5,-0.5,-0.1,0.02,0,0,0", DewarpFlag="1").pose.intrinsics
    assert flat.distortion == NO_DISTORTION
    centre = {"CalibratedFocalLength": "55", "CalibratedOpticalCenterX": "40", "CalibratedOpticalCenterY": "30"}
    assert dji(tmp_path, **centre).pose.intrinsics.fx_px == 55.0
    zoomed = centre | {"CalibratedFocalLength": "80"}  # calibrated at another zoom than 24 mm on film
    assert dji(tmp_path, **zoomed).pose.intrinsics.fx_px == pytest.approx(24 / math.hypot(36, 24) * 100)
    elsewhere = centre | {"CalibratedOpticalCenterX": "2000"}  # of another picture size
    assert dji(tmp_path, **elsewhere).pose.intrinsics.fx_px == pytest.approx(24 / math.hypot(36, 24) * 100)


def test_a_picture_is_posed_as_it_is_shown() -> None:
    assert roll_as_shown_deg(0.0, 180) == 0.0  # the upright picture's own angle
    assert roll_as_shown_deg(180.0, 180) == 0.0  # the sensor's
    assert roll_as_shown_deg(90.0, 90) == 0.0
    assert roll_as_shown_deg(3.0, 0) == 3.0


@given(turn=st.sampled_from([90, 180, -90]), u=st.floats(0, 79), v=st.floats(0, 59))
def test_turned_intrinsics_show_the_same_rays(turn: int, u: float, v: float) -> None:
    stored = Intrinsics(
        width_px=80, height_px=60, fx_px=70, fy_px=75, cx_px=41, cy_px=28, distortion=(-0.1, 0.02, 0.003, -0.002, 0.001)
    )
    shown = _as_shown(stored, turn)
    x, y = (u - stored.cx_px) / stored.fx_px, (v - stored.cy_px) / stored.fy_px  # an ideal point
    turned = {90: (-y, x), 180: (-x, -y), -90: (y, -x)}[turn]
    u_stored, v_stored = _observed(stored, x, y)
    expected = {90: (59 - v_stored, u_stored), 180: (79 - u_stored, 59 - v_stored), -90: (v_stored, 79 - u_stored)}
    assert _observed(shown, *turned) == pytest.approx(expected[turn], abs=1e-9)


def _observed(lens: Intrinsics, x: float, y: float) -> tuple[float, float]:
    k1, k2, p1, p2, k3 = lens.distortion
    q = x * x + y * y
    gain = 1 + k1 * q + k2 * q * q + k3 * q**3
    return (
        lens.cx_px + lens.fx_px * (x * gain + 2 * p1 * x * y + p2 * (q + 2 * x * x)),
        lens.cy_px + lens.fy_px * (y * gain + p1 * (q + 2 * y * y) + 2 * p2 * x * y),
    )


DEWARP = "2024-01-01;{0},{0},0.5,-0.5,0,0,0,0,0"


@pytest.mark.parametrize(
    ("focal_px", "told_px", "is_taken"),
    [(60, {}, True), (240, {}, False), (240, {0xA002: 80, 0xA003: 60}, True), (60, {0xA002: 320, 0xA003: 240}, False)],
)
def test_a_calibration_of_a_larger_picture_is_not_that_of_a_shrunk_one(
    tmp_path: Path, focal_px: int, told_px: dict[int, int], is_taken: bool
) -> None:
    packet = xmp({**DJI_FIELDS, "DewarpData": DEWARP.format(focal_px)})
    path = written_photo(tmp_path / "small.jpg", packet, film_mm=None, more=told_px)
    if is_taken:
        assert photo_from_file(path).pose.intrinsics.fx_px == focal_px
    else:
        with pytest.raises(PhotoError, match="lens"):
            photo_from_file(path)
