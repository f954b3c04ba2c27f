from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import constants
from huggingface_hub.errors import LocalEntryNotFoundError

from harness.modeling import hub
from harness.modeling.hub import HubError, snapshot

Calls = list[dict[str, Any]]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub's."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return tmp_path


def cached(cache: Path, hub_id: str, *names: str) -> Path:
    repository = cache / f"models--{hub_id.replace('/', '--')}"
    directory = repository / "snapshots" / ("0" * 40)
    directory.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    for name in names:
        (directory / name).write_text("{}")
    return directory


def never(*_: object, **__: object) -> bool:
    raise AssertionError("nobody should ask the network")


def test_a_model_in_the_cache_needs_no_network(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_reachable", never)
    directory = cached(cache, "some/model", "config.json", "model.safetensors")
    assert snapshot("some/model") == directory


def test_without_network_a_missing_model_is_an_error(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_reachable", lambda _: False)
    with pytest.raises(HubError, match="some/model is not in the local cache, and the hub cannot be reached") as caught:
        snapshot("some/model")
    assert "--model" in (caught.value.mend or "")


def test_offline_means_that_nobody_asks(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "_reachable", never)
    with pytest.raises(HubError, match="cannot be reached"):
        snapshot("some/model")


def test_a_cache_without_weights_is_not_enough(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_reachable", lambda _: False)
    cached(cache, "some/model", "config.json")
    with pytest.raises(HubError, match="not in the local cache"):
        snapshot("some/model")


def test_an_id_that_cannot_be_one_is_refused(cache: Path) -> None:
    with pytest.raises(HubError, match="is no id of a model"):
        snapshot("some/model with blanks")


def test_what_is_fetched_holds_no_pickle(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Calls = []

    def snapshot_download(hub_id: str, *, allow_patterns: list[str], local_files_only: bool = False) -> str:
        calls.append({"id": hub_id, "patterns": allow_patterns})
        if local_files_only:
            raise LocalEntryNotFoundError("not there")
        return str(cache)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.setattr(hub, "_reachable", lambda _: True)
    assert snapshot("some/model") == cache
    assert len(calls) == 2
    for pattern in calls[1]["patterns"]:
        assert not any(Path(f"model{suffix}").match(pattern) for suffix in (".bin", ".pt", ".pkl", ".h5", ".py"))


@pytest.mark.parametrize("message", ["404: not found\nrequest id", ""])
def test_an_answer_of_the_hub_is_passed_on(message: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def snapshot_download(hub_id: str, *, allow_patterns: list[str], local_files_only: bool = False) -> str:
        if local_files_only:
            raise LocalEntryNotFoundError("not there")
        raise OSError(message)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.setattr(hub, "_reachable", lambda _: True)
    with pytest.raises(HubError, match="some/model cannot be fetched: ") as caught:
        snapshot("some/model")
    assert "\n" not in caught.value.what


def test_an_endpoint_is_reachable_if_it_accepts_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert hub._reachable(endpoint)
        # Behind a proxy it is the proxy that must answer.
        monkeypatch.setenv("https_proxy", endpoint)
        assert hub._reachable("https://hub.invalid")
    monkeypatch.delenv("https_proxy")
    assert not hub._reachable(endpoint)


def test_a_name_that_is_never_found_does_not_hold_anybody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    found = threading.Event()

    def slow(*_: object, **__: object) -> None:
        found.wait(30)
        raise OSError

    monkeypatch.setattr(hub, "SECONDS", 0.05)
    monkeypatch.setattr(socket, "create_connection", slow)
    assert not hub._reachable("https://hub.invalid")
    found.set()
