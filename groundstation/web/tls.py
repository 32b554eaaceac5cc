"""TLS with the operator's own certificate: files in, a context for the server out."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path
from typing import Final

from groundstation.errors import BadInputError

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return what the server speaks TLS with, 1.2 or newer.

    Raises:
        BadInputError: a file cannot be read or is none, the two do not belong together, or others may read the key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        mode = key.stat().st_mode & 0o777
        if mode & _OTHERS:
            raise BadInputError(
                f"[tls] {key}: others may read this key (mode {mode:o}); make a new one, then chmod 600"
            )
        certificate.read_bytes()
        # a passphrase would be asked for at a terminal that nobody sits at
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except ssl.SSLError as error:
        raise BadInputError(
            f"[tls] {certificate} and {key}: are no certificate and its key without a passphrase ({error.reason}); "
            "give both as PEM"
        ) from error
    except OSError as error:
        raise BadInputError(
            f"[tls] {error.filename}: cannot be read ({error.strerror}); check name and rights"
        ) from error
    return context
