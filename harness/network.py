"""Whether an address can be reached, said quickly: libraries that fetch wait much longer."""

from __future__ import annotations

import socket
import threading
import time
from urllib.parse import urlsplit
from urllib.request import getproxies

SECONDS = 1.0
"""How long to wait for a connection before saying that there is no network."""


class Probe:
    """Asks in the background whether the endpoint, or the proxy before it, accepts a connection."""

    def __init__(self, endpoint: str) -> None:
        address = urlsplit(endpoint)
        self._address = urlsplit(getproxies().get(address.scheme, endpoint))
        self._accepted = threading.Event()
        self._until = time.monotonic() + SECONDS
        # In a thread, because looking up the name has no timeout of its own.
        self._thread = threading.Thread(target=self._connect, daemon=True)
        self._thread.start()

    def accepted(self) -> bool:
        """Whether it did within `SECONDS` from when it was asked."""
        self._thread.join(max(0.0, self._until - time.monotonic()))
        return self._accepted.is_set()

    def _connect(self) -> None:
        try:
            with socket.create_connection((self._address.hostname, self._address.port or 443), timeout=SECONDS):
                self._accepted.set()
        except OSError:
            return


def reachable(endpoint: str) -> bool:
    """Whether the endpoint, or the proxy before it, accepts a connection within `SECONDS`."""
    return Probe(endpoint).accepted()
