"""Who may speak on a link, by its settings."""

from pathlib import Path

import pytest

from flightlink.errors import LinkError
from flightlink.links.admission.plan import link_plan


def test_a_link_on_loopback_listens_to_loopback() -> None:
    for address in ("udpin://127.0.0.1:0", "tcpin://localhost:0", "udpin://[::1]:0"):
        plan = link_plan(address)
        assert plan.allows("127.0.0.1")
        assert plan.allows("127.8.9.10")
        assert plan.allows("::1")
        assert not plan.allows("10.0.0.1")


def test_a_link_that_listens_elsewhere_needs_to_know_to_whom() -> None:
    for address in ("udpin://0.0.0.0:14550", "tcpin://[::]:5760", "udpin://10.0.0.1:1", "udpin://station.local:1"):
        with pytest.raises(LinkError, match=r"anybody .* allow = .* key_file") as caught:
            link_plan(address)
        assert "\n" not in str(caught.value)


def test_named_networks_are_listened_to_and_nobody_else() -> None:
    plan = link_plan("udpin://0.0.0.0:14550", allow=["10.0.0.0/24", "192.168.1.7", "fd00::/8"])
    assert [plan.allows(host) for host in ("10.0.0.9", "192.168.1.7", "fd00::1%eth0", "::ffff:10.0.0.9")] == [True] * 4
    assert not any(plan.allows(host) for host in ("10.0.1.9", "127.0.0.1", "192.168.1.8", "", "drone", "::1"))


def test_a_key_lets_an_address_speak_and_a_list_beside_it_narrows_that() -> None:
    assert link_plan("udpin://0.0.0.0:1", key_file=Path("k")).allows("8.8.8.8")
    assert not link_plan("udpin://0.0.0.0:1", key_file=Path("k"), allow=["10.0.0.0/24"]).allows("8.8.8.8")


def test_whom_we_address_is_allowed_by_that() -> None:
    for address in ("udpout://10.0.0.1:1", "tcp://10.0.0.1:1", "serial:///dev/ttyUSB0"):
        assert link_plan(address).networks is None
        with pytest.raises(LinkError, match="allow is for links that listen"):
            link_plan(address, allow=["10.0.0.0/24"])


@pytest.mark.parametrize("text", ["10.0.0.1/24", "drone", "10.0.0.0/33", ""])
def test_what_is_no_network_is_one_line(text: str) -> None:
    with pytest.raises(LinkError, match=r"allow has .* write for instance"):
        link_plan("udpin://0.0.0.0:1", allow=[text])
