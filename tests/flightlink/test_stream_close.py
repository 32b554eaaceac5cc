"""A station that is stopped hangs up, even on a vehicle's end that reads no more."""

import asyncio

from flightlink.links.stream import MOST_UNSENT_BYTES
from tests.flightlink.live import running, until
from tests.flightlink.packets import FakeVehicle


async def test_an_end_that_reads_no_more_does_not_hold_up_the_stop() -> None:
    async with asyncio.timeout(20), running("tcpin://127.0.0.1:0") as links:
        reader, writer = await asyncio.open_connection("127.0.0.1", links.statuses()[0].port, limit=1)
        writer.write(FakeVehicle().heartbeat())
        await until(lambda: 1 in links.trackers)
        (peer,) = (peer for link in links._links for peer in link.peers)
        for _ in range(10_000):  # until both systems' queues and ours are full
            peer.send(bytes(MOST_UNSENT_BYTES - 1))
    assert not reader.at_eof()
    writer.transport.abort()
