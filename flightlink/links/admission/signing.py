"""MAVLink 2 signing: what a signature proves, and the order in which it is asked.

The signature is compared first, in constant time; only then is its time stamp looked at, and only a stamp that passes
is stored: nobody without the key can move anything here. A message from the future is refused even with the key, or it
would lock its own sender out.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from flightlink.links.admission.key_file import SigningKey
from flightlink.links.admission.refusals import Refused
from flightlink.links.admission.stamps import UNITS_PER_S, StampBook, stamp_from_utc_ns
from flightlink.mavlink.framing import MAGIC_2, SIGNED, Frame
from flightlink.mavlink.messages import RADIO_STATUS

_SIGNATURE_BYTES: Final = 6
_STAMP_AT: Final = -12
_LINK_ID_AT: Final = -13
MOST_AHEAD: Final = 60 * UNITS_PER_S
MOST_BEHIND: Final = 60 * UNITS_PER_S
"""A stream never heard before may begin this much in the past (MAVLink guide, message signing)."""


def is_signed(raw: bytes) -> bool:
    """Return whether a whole frame carries a signature."""
    return raw[0] == MAGIC_2 and bool(raw[2] & SIGNED)


def signature_of(secret: bytes, raw: bytes) -> bytes:
    """Return the signature that a frame must end with: the first 48 bits of SHA-256 over key and all before them."""
    return hashlib.sha256(secret + raw[:-_SIGNATURE_BYTES]).digest()[:_SIGNATURE_BYTES]


class Guard:
    """Lets signed frames through, on every link that has this key.

    Args:
        key: the shared key.
        stamps: of all streams under this key.
    """

    def __init__(self, key: SigningKey, stamps: StampBook) -> None:
        self._key = key
        self._stamps = stamps

    @property
    def key(self) -> SigningKey:
        """What our own messages are signed with."""
        return self._key

    def next_stamp(self, now_utc_ns: int) -> int | None:
        """Return the time stamp of our next message; None where none may be sent, because it could not be kept."""
        return self._stamps.next_own(stamp_from_utc_ns(now_utc_ns))

    def refusal(self, frame: Frame, now_utc_ns: int) -> Refused | None:
        """Return why a frame is refused, None where it is good; a good one can never be good again.

        RADIO_STATUS may come unsigned, because radios write it themselves; whoever takes it must believe nothing else.
        """
        raw = frame.raw
        if not is_signed(raw):
            return None if frame.message_id == RADIO_STATUS else Refused.UNSIGNED
        if not hmac.compare_digest(signature_of(self._key.secret, raw), raw[-_SIGNATURE_BYTES:]):
            return Refused.WRONG_SIGNATURE
        stream = f"{frame.system_id}/{frame.component_id}/{raw[_LINK_ID_AT]}"
        stamp = int.from_bytes(raw[_STAMP_AT:-_SIGNATURE_BYTES], "little")
        return self._stamp_refusal(stream, stamp, stamp_from_utc_ns(now_utc_ns))

    def _stamp_refusal(self, stream: str, stamp: int, now: int) -> Refused | None:
        newest = self._stamps.newest(stream)
        if stamp > now + MOST_AHEAD:
            return Refused.SIGNED_IN_THE_FUTURE
        if newest is not None and stamp <= newest:
            return Refused.REPLAYED
        if newest is None and stamp < now - MOST_BEHIND:
            return Refused.SIGNED_LONG_AGO
        if not self._stamps.has_room(stream):
            return Refused.TOO_MANY_SIGNERS
        return None if self._stamps.note(stream, stamp) else Refused.STAMPS_NOT_KEPT

    def close(self) -> None:
        """Save the stamps as they are."""
        self._stamps.close()
