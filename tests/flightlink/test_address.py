"""Addresses that would only fail when the link runs, and then with an error of the system's own: refused at once."""

import pytest

from flightlink.errors import LinkError
from flightlink.links.address import address_from_text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("tcp://a..b:5760", "is no name of a host"),
        ("udpout://.station:14550", "is no name of a host"),
        (f"tcp://{'a' * 70}:5760", "is no name of a host"),
        ("udpin://[::1:14550", "expected for instance"),
        ("serial:///dev/ttyUSB0?baud=99999999999", "expected for instance"),
        ("serial:///dev/ttyUSB0?baud=²", "expected for instance"),
    ],
)
def test_what_is_no_address_is_told_in_one_line(text: str, fault: str) -> None:
    with pytest.raises(LinkError, match=fault) as caught:
        address_from_text(text)
    assert "\n" not in str(caught.value)


def test_names_and_rates_that_there_are_remain() -> None:
    assert address_from_text("tcp://vehicle-1.local:5760").host == "vehicle-1.local"
    assert address_from_text("serial:///dev/ttyACM0?baud=921600").baud == 921_600
