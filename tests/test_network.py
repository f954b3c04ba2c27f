from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

from harness import network
from harness.network import reachable

if TYPE_CHECKING:
    import pytest


def test_an_endpoint_is_reachable_if_it_accepts_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert reachable(endpoint)
        # Behind a proxy it is the proxy that must answer.
        monkeypatch.setenv("https_proxy", endpoint)
        assert reachable("https://hub.invalid")
    monkeypatch.delenv("https_proxy")
    assert not reachable(endpoint)


def test_a_name_that_is_never_found_does_not_hold_anybody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    found = threading.Event()

    def slow(*_: object, **__: object) -> None:
        found.wait(30)
        raise OSError

    monkeypatch.setattr(network, "SECONDS", 0.05)
    monkeypatch.setattr(socket, "create_connection", slow)
    assert not reachable("https://hub.invalid")
    found.set()
