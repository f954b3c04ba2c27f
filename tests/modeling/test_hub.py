from __future__ import annotations

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
    monkeypatch.setattr(hub, "reachable", never)
    directory = cached(cache, "some/model", "config.json", "model.safetensors")
    assert snapshot("some/model") == directory


def test_without_network_a_missing_model_is_an_error(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "reachable", lambda _: False)
    with pytest.raises(HubError, match="some/model is not in the local cache, and the hub cannot be reached") as caught:
        snapshot("some/model")
    assert "--model" in (caught.value.mend or "")


def test_offline_means_that_nobody_asks(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "reachable", never)
    with pytest.raises(HubError, match="cannot be reached"):
        snapshot("some/model")


def test_a_cache_without_weights_is_not_enough(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "reachable", lambda _: False)
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
    monkeypatch.setattr(hub, "reachable", lambda _: True)
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
    monkeypatch.setattr(hub, "reachable", lambda _: True)
    with pytest.raises(HubError, match="some/model cannot be fetched: ") as caught:
        snapshot("some/model")
    assert "\n" not in caught.value.what
