"""An encoder's weights in several files: the same bits as in one, and what training left as it was once on the disk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.modeling.checkpoints import load_encoder, save_checkpoint
from harness.modeling.shape import INDEX, WEIGHTS, weight_files
from harness.modeling.sharing import Pool
from harness.modeling.weights import fingerprints

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    return Pool(tmp_path / "pool")


def embedding(name: str) -> bool:
    return name.startswith("embeddings.")


def trained_from(origin: Path, directory: Path, pool: Pool, changes: Callable[[str], bool], *, by: float = 1.0) -> Path:
    """A checkpoint of an origin with some of its tensors changed."""
    before = load_encoder(origin)[0].state_dict()
    after = {name: tensor + by * changes(name) for name, tensor in before.items()}
    save_checkpoint(
        directory, origin=origin, encoder=after, heads={}, configs={}, before=fingerprints(before), pool=pool
    )
    loaded = load_encoder(directory)[0].state_dict()
    assert loaded.keys() == after.keys()
    assert all(torch.equal(loaded[name], after[name]) for name in after)
    return directory


def names_in(directory: Path) -> list[set[str]]:
    return [set(load_file(path)) for path in weight_files(directory)]


def room(*directories: Path) -> int:
    """Bytes that directories take together."""
    files = {path.stat().st_ino: path.stat().st_size for one in directories for path in one.rglob("*")}
    return sum(files.values())


def test_all_that_was_trained_is_one_file(scratch: Path, tmp_path: Path, pool: Pool) -> None:
    plain = tmp_path / "plain"
    encoder = {name: tensor + 1 for name, tensor in load_encoder(scratch)[0].state_dict().items()}
    save_checkpoint(plain, origin=scratch, encoder=encoder, heads={}, configs={})
    shared = trained_from(scratch, tmp_path / "shared", pool, lambda _: True)
    assert (plain / WEIGHTS).read_bytes() == (shared / WEIGHTS).read_bytes()
    assert not (shared / INDEX).exists()


def test_what_was_left_as_it_was_is_on_the_disk_once(scratch: Path, tmp_path: Path, pool: Pool) -> None:
    first, second = (
        trained_from(scratch, tmp_path / name, pool, lambda name: not embedding(name), by=by)
        for name, by in (("first", 1.0), ("second", 2.0))
    )
    kept, own = weight_files(first)
    assert set(map(embedding, load_file(kept))) == {True}
    assert set(map(embedding, load_file(own))) == {False}
    theirs, other = weight_files(second)
    assert kept.samefile(theirs)
    assert not own.samefile(other)
    assert (first / "tokenizer.json").samefile(second / "tokenizer.json")
    assert not kept.samefile(scratch / WEIGHTS)
    index = json.loads((first / INDEX).read_text())
    assert index["metadata"]["total_size"] == sum(t.numel() * 4 for t in load_encoder(first)[0].state_dict().values())


def test_transformers_loads_it_after_a_copy_too(scratch: Path, tmp_path: Path, pool: Pool) -> None:
    from transformers import AutoModel

    directory = trained_from(scratch, tmp_path / "checkpoint", pool, lambda name: not embedding(name))
    subprocess.run(["cp", "-r", directory, tmp_path / "copy"], check=True)
    shutil.rmtree(directory)
    shutil.rmtree(pool.directory)
    loaded, info = AutoModel.from_pretrained(
        tmp_path / "copy", add_pooling_layer=False, output_loading_info=True, use_safetensors=True
    )
    assert not any(info[name] for name in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    expected = load_encoder(scratch)[0].state_dict()
    for name, tensor in loaded.state_dict().items():
        assert torch.equal(tensor, expected[name] + (not embedding(name)))


def test_a_whole_encoder_may_be_as_it_was(scratch: Path, tmp_path: Path, pool: Pool) -> None:
    first, second = (trained_from(scratch, tmp_path / name, pool, lambda _: False) for name in ("first", "second"))
    ((kept,), (theirs,)) = weight_files(first), weight_files(second)
    assert kept.samefile(theirs)


def test_a_file_of_the_store_is_linked_from_where_it_lies(scratch: Path, tmp_path: Path, pool: Pool) -> None:
    first = trained_from(scratch, tmp_path / "first", pool, lambda _: True)
    second = trained_from(first, tmp_path / "second", pool, lambda _: False)
    assert weight_files(first)[0].samefile(weight_files(second)[0])
    # One that lies elsewhere is not, nor through a link to it.
    elsewhere = Pool(tmp_path / "other" / "pool")
    elsewhere.directory.parent.mkdir()
    start = elsewhere.directory.parent / "start"
    shutil.copytree(first, start, ignore=shutil.ignore_patterns(WEIGHTS))
    (start / WEIGHTS).symlink_to(first / WEIGHTS)
    third = trained_from(start, elsewhere.directory.parent / "third", elsewhere, lambda _: False)
    assert not weight_files(third)[0].samefile(weight_files(first)[0])
    assert not weight_files(third)[0].is_symlink()


def test_other_bits_of_equal_numbers_are_other_weights(scratch: Path, tmp_path: Path, pool: Pool) -> None:
    zeros = shutil.copytree(scratch, tmp_path / "zeros")
    weights = load_file(zeros / WEIGHTS)
    name = "embeddings.word_embeddings.weight"
    save_file(weights | {name: torch.zeros_like(weights[name])}, zeros / WEIGHTS, {"format": "pt"})
    before = load_encoder(zeros)[0].state_dict()
    after = {**before, name: -before[name]}
    save_checkpoint(
        tmp_path / "negative", origin=zeros, encoder=after, heads={}, configs={}, before=fingerprints(before), pool=pool
    )
    found = load_encoder(tmp_path / "negative")[0].state_dict()[name]
    assert torch.equal(found, before[name])
    assert torch.signbit(found).all()


def of_layers(*numbers: int) -> Callable[[str], bool]:
    """Whether a tensor is of one of these layers."""
    return lambda name: any(f"layer.{number}." in name for number in numbers)


def test_a_chain_shares_files_of_several_ancestors(scratch: Path, tmp_path: Path, pool: Pool) -> None:
    first = trained_from(scratch, tmp_path / "1", pool, lambda name: not embedding(name))
    second = trained_from(first, tmp_path / "2", pool, of_layers(1))
    third = trained_from(second, tmp_path / "3", pool, of_layers(1), by=3.0)
    fourth = trained_from(third, tmp_path / "4", pool, lambda name: not embedding(name))
    embeddings, _ = weight_files(first)
    assert [weight_files(one)[0].samefile(embeddings) for one in (second, third, fourth)] == [True] * 3
    assert [len(weight_files(one)) for one in (second, third, fourth)] == [3, 3, 2]
    assert weight_files(second)[1].samefile(weight_files(third)[1])
    assert all(of_layers(0)(name) for name in names_in(second)[1])
    # Everything goes but the last: it stands alone.
    for directory in (first, second, third, pool.directory):
        shutil.rmtree(directory)
    loaded = load_encoder(fourth)[0].state_dict()
    expected = load_encoder(scratch)[0].state_dict()
    changes = {name: 0.0 if embedding(name) else 2.0 + 4.0 * of_layers(1)(name) for name in expected}
    assert all(torch.allclose(loaded[name], expected[name] + changes[name]) for name in expected)


def test_an_older_checkpoint_in_one_file_is_a_start_like_any(scratch: Path, tmp_path: Path, pool: Pool) -> None:
    old = tmp_path / "old"
    encoder = {name: tensor + 1 for name, tensor in load_encoder(scratch)[0].state_dict().items()}
    save_checkpoint(old, origin=scratch, encoder=encoder, heads={}, configs={})
    content = {path.name: path.read_bytes() for path in old.iterdir()}
    new = trained_from(old, tmp_path / "new", pool, lambda name: not embedding(name))
    assert len(weight_files(new)) == 2
    assert {path.name: path.read_bytes() for path in old.iterdir()} == content


def test_a_model_with_a_head_of_its_own_and_other_names(scratch: Path, tmp_path: Path, pool: Pool) -> None:
    """As published: names with a prefix, half precision, several files, some of them without an encoder's weights."""
    published = shutil.copytree(scratch, tmp_path / "published", ignore=shutil.ignore_patterns(WEIGHTS))
    weights = {f"roberta.{name}": tensor.half() for name, tensor in load_file(scratch / WEIGHTS).items()}
    parts: dict[str, Collection[str]] = {
        "model-00001-of-00002.safetensors": [name for name in weights if "embeddings" in name],
        "model-00002-of-00002.safetensors": [name for name in weights if "embeddings" not in name],
    }
    weights["lm_head.bias"] = torch.zeros(7).half()
    for file, names in parts.items():
        own = {name: weights[name] for name in names}
        extra = {"lm_head.bias": weights["lm_head.bias"]} if "2-of" in file else {}
        save_file(own | extra, published / file, {"format": "pt"})
    places = {name: file for file, names in parts.items() for name in names}
    places["lm_head.bias"] = "model-00002-of-00002.safetensors"
    (published / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": places}))
    first, second = (
        trained_from(published, tmp_path / name, pool, lambda name: not embedding(name), by=by)
        for name, by in (("first", 1.0), ("second", 2.0))
    )
    assert weight_files(first)[0].samefile(weight_files(second)[0])
    # The model may go.
    shutil.rmtree(published)
    load_encoder(first)


@pytest.mark.parametrize("broken", [b"", b"not weights"])
def test_shared_weights_that_were_changed_are_written_again(
    broken: bytes, scratch: Path, tmp_path: Path, pool: Pool
) -> None:
    first = trained_from(scratch, tmp_path / "first", pool, lambda name: not embedding(name))
    weight_files(first)[0].write_bytes(broken)
    second, third = (
        trained_from(scratch, tmp_path / name, pool, lambda name: not embedding(name)) for name in ("second", "third")
    )
    assert weight_files(second)[0].samefile(weight_files(third)[0])
    assert not weight_files(second)[0].samefile(weight_files(first)[0])


def test_without_links_everything_is_written(
    scratch: Path, tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(18, os.strerror(18))

    monkeypatch.setattr(os, "link", refuse)
    first, second = (
        trained_from(scratch, tmp_path / name, pool, lambda name: not embedding(name)) for name in ("first", "second")
    )
    assert room(first, second) == 2 * room(first)
