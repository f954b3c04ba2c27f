from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import huggingface_hub
import pytest
from huggingface_hub import constants
from huggingface_hub.errors import LocalEntryNotFoundError

from harness.modeling import hub
from harness.modeling.hub import revision_of, snapshot
from harness.planning.models import named_model
from harness.registry import default_registry
from tests.raising import raises_code

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
    directory = cached(cache, "some/model", "config.json", "model.safetensors", "tokenizer.json")
    assert snapshot("some/model") == directory
    assert revision_of(directory) == "0" * 40
    assert revision_of(cache) == ""


def test_a_revision_is_another_model(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "reachable", lambda _: False)
    directory = cached(cache, "some/model", "config.json", "model.safetensors", "tokenizer.json")
    assert snapshot("some/model", "0" * 40) == directory
    other = directory.with_name("1" * 40)
    other.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (other / name).write_text("{}")
    assert snapshot("some/model", "1" * 40) == other
    with raises_code("model-not-in-cache", "some/model@v3"):
        named_model("some/model@v3", default_registry())


def test_without_network_a_missing_model_is_an_error(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "reachable", lambda _: False)
    with raises_code("model-not-in-cache", "some/model") as caught:
        snapshot("some/model")
    assert "--model" in (caught.value.fix or "")


def test_offline_means_that_nobody_asks(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "reachable", never)
    with raises_code("model-not-in-cache"):
        snapshot("some/model")


PARTS = {
    "config.json": ("model.safetensors", "tokenizer.json"),
    "all of its weights": ("config.json", "tokenizer.json"),
    "all of its weights ": (
        "config.json",
        "model-1-of-2.safetensors",
        "model.safetensors.index.json",
        "tokenizer.json",
    ),
    "its tokenizer": ("config.json", "model.safetensors"),
}


@pytest.mark.parametrize("lacking", PARTS)
def test_a_part_of_a_model_is_not_enough(lacking: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = cached(cache, "some/model", *PARTS[lacking])
    if (directory / "model.safetensors.index.json").is_file():
        names = {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}
        (directory / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    monkeypatch.setattr(hub, "reachable", lambda _: False)
    with raises_code("model-not-in-cache", lacking.strip()):
        snapshot("some/model")
    # With a network, what is missing is fetched.
    fetched: list[bool] = []

    def snapshot_download(hub_id: str, *, local_files_only: bool = False, **_: Any) -> str:
        fetched.append(not local_files_only)
        return str(directory)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.setattr(hub, "reachable", lambda _: True)
    assert snapshot("some/model") == directory
    assert fetched == [False, True]


def test_pickled_weights_in_the_cache_are_told_from_none(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "reachable", lambda _: False)
    cached(cache, "some/model", "config.json", "pytorch_model.bin", "tokenizer.json").joinpath(
        "config.json"
    ).write_text('{"model_type": "bert"}')
    with raises_code("no-safetensors") as caught:
        named_model("some/model", default_registry())
    assert "n = 'some/model'" in (caught.value.fix or "")


def test_an_id_that_cannot_be_one_is_refused(cache: Path) -> None:
    with raises_code("not-a-hub-id"):
        snapshot("some/model with blanks")


def test_what_is_fetched_holds_no_pickle(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Calls = []

    def snapshot_download(
        hub_id: str, *, revision: str | None, allow_patterns: list[str], local_files_only: bool = False
    ) -> str:
        calls.append({"id": hub_id, "revision": revision, "patterns": allow_patterns})
        if local_files_only:
            raise LocalEntryNotFoundError("not there")
        return str(cache)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.setattr(hub, "reachable", lambda _: True)
    assert snapshot("some/model", "v2") == cache
    assert [call["revision"] for call in calls] == ["v2", "v2"]
    for pattern in calls[1]["patterns"]:
        assert not any(Path(f"model{suffix}").match(pattern) for suffix in (".bin", ".pt", ".pkl", ".h5", ".py"))


@pytest.mark.parametrize(
    "error",
    [
        OSError("404: not found\nrequest id"),
        OSError(""),
        httpx2.RemoteProtocolError("the server disconnected without an answer"),
        json.JSONDecodeError("no JSON", "<html>", 0),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_comes_of_fetching_is_passed_on(
    error: Exception, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def snapshot_download(hub_id: str, *, local_files_only: bool = False, **_: Any) -> str:
        if local_files_only:
            raise LocalEntryNotFoundError("not there")
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.setattr(hub, "reachable", lambda _: True)
    with raises_code("model-cannot-be-fetched", "some/model") as caught:
        snapshot("some/model")
    assert "\n" not in caught.value.what
