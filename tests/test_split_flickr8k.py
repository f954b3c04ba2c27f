"""scripts/split_flickr8k.py: what is tested on is nowhere in training, and the split depends on contents alone."""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from tests.pictures import write_image
from tests.raising import raises_code

SCRIPT = Path(__file__).parent.parent / "scripts" / "split_flickr8k.py"
PHOTOGRAPHS = 30
TRANSLATED = range(20)
SMOKE = (17, 18)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("split_flickr8k", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def name_of(number: int) -> str:
    """Of a photograph, as Flickr8k has it."""
    return f"{1000 + number}_ab.jpg"


def write_shared(folder: Path, captions: Mapping[int, str] | None = None) -> Path:
    """Thirty photographs, twenty of them with captions in Multi30K, two in xFlickr&CO.

    Args:
        captions: the first caption of some photographs, instead of their own.
    """
    root = folder / "flickr8k_images"
    for number in range(PHOTOGRAPHS):
        write_image(root / "images" / name_of(number), "red", corner=number, size=64)
    own = {number: f'A "square" number {number} .' for number in range(PHOTOGRAPHS)} | dict(captions or {})
    with (root / "captions.txt").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("image", "caption"))
        for number, first in own.items():
            lines.writerows((name_of(number), text) for text in (first, *(f"Text {i} of {number}" for i in range(4))))
    head = "image\tmulti30k_split\tline\ten\tde\tfr\tcs"
    told = [f'{name_of(n)}\ttrain\t{n}\tEn {n}\tDe "{n}\tFr {n}\tCs {n}' for n in TRANSLATED]
    (root / "multi30k_join.tsv").write_text("\n".join([head, *told, ""]), encoding="utf-8")
    smoke = [
        json.dumps({"image": name_of(n), "flickr_id": f"{n}", "captions": {"en": f"X {n}", "ja": f"J {n}"}})
        for n in SMOKE
    ]
    (root / "xflickrco_join.jsonl").write_text("\n".join([*smoke, ""]), encoding="utf-8")
    (folder / "tatoeba").mkdir()
    return folder


def names_of(photographs: list[object]) -> list[str]:
    return [str(getattr(one, "name")) for one in photographs]  # noqa: B009 - the script is no module of the project


def files_in(folder: Path) -> dict[str, str]:
    """Texts of files, and where links lead."""
    return {
        str(path.relative_to(folder)): path.readlink().name if path.is_symlink() else path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def test_every_photograph_serves_one_purpose_and_names_do_not_count(script: ModuleType, tmp_path: Path) -> None:
    shared = write_shared(tmp_path / "shared")
    found = script.write(shared, tmp_path / "out", test=8, validation=3)
    script.write(shared, tmp_path / "again", test=8, validation=3)
    assert files_in(tmp_path / "out") == files_in(tmp_path / "again")
    train, validation, test = (names_of(list(part)) for part in (found.train, found.validation, found.test))
    assert (len(test), len(validation), len(train), found.left_out) == (8, 3, 19, 0)
    assert len({*train, *validation, *test}) == PHOTOGRAPHS
    digests = {one.name: one.digest for one in (*found.train, *found.validation, *found.test)}
    smoke = {f"{1000 + number}.jpg" for number in SMOKE}
    candidates = {f"{1000 + number}.jpg" for number in TRANSLATED} - smoke
    assert set(test) == smoke | set(sorted(candidates, key=digests.__getitem__)[:6])
    assert validation == sorted(set(digests) - set(test), key=digests.__getitem__)[:3]


def test_files_are_in_the_layouts_that_tasks_read(script: ModuleType, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = script.write(write_shared(tmp_path / "shared"), out, test=8, validation=3)
    raw, splits = out / "multi30k" / "task1" / "raw", out / "multi30k" / "task1" / "image_splits"
    first = found.train[0]
    number = int(first.name.removesuffix(".jpg")) - 1000
    assert (raw / "train.en").read_text(encoding="utf-8").splitlines()[:2] == list(first.captions[:2])
    assert first.captions[0] == f'A "square" number {number} .'
    assert (splits / "train.txt").read_text(encoding="utf-8").splitlines() == [
        one.name for one in found.train for _ in range(5)
    ]
    tested = (splits / "test_2016_flickr.txt").read_text(encoding="utf-8").splitlines()
    german = (raw / "test_2016_flickr.de").read_text(encoding="utf-8").splitlines()
    assert german == [f'De "{int(name.removesuffix(".jpg")) - 1000}' for name in tested]
    assert all((out / "multi30k" / "images" / name).is_symlink() for name in tested)
    japanese = (out / "xflickrco" / "annotations" / "ja" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    assert sorted(json.loads(row)["sentences"][0] for row in japanese) == ["J 17", "J 18"]
    described = tomllib.loads((out / "map.toml").read_text(encoding="utf-8"))
    assert described["multi30k"]["train"]["note"].startswith("19 photographs")
    assert described["xflickrco"]["test"][0]["languages"] == ["en", "ja"]


def test_what_looks_like_a_test_image_or_shares_a_caption_is_not_trained_on(script: ModuleType, tmp_path: Path) -> None:
    before = script.write(write_shared(tmp_path / "shared"), tmp_path / "out", test=8, validation=3)
    tested, developed = before.test[0], before.validation[0]
    copied, sharing, like_development = before.train[:3]
    numbers = [int(one.name.removesuffix(".jpg")) - 1000 for one in (copied, sharing, tested, like_development)]
    words = {
        numbers[1]: f"a SQUARE, number {numbers[2]}",
        numbers[3]: developed.captions[0],
    }
    shared = write_shared(tmp_path / "other", words)
    # Another file of the same photograph, whose content and so whose place in the order is another one.
    picture = Image.open(tested.path)
    picture.resize((48, 48)).save(shared / "flickr8k_images" / "images" / copied.path.name, quality=60)
    after = script.write(shared, tmp_path / "without", test=8, validation=3)
    trained = set(names_of(list(after.train)))
    kept = set(names_of([*after.test, *after.validation]))
    pair = {copied.name, tested.name}
    assert len(pair & kept) <= 1
    assert not pair & trained
    assert sharing.name not in trained
    assert like_development.name not in trained
    assert after.left_out == 3


def test_wrong_inputs_are_refused(script: ModuleType, tmp_path: Path) -> None:
    shared = write_shared(tmp_path / "shared")
    with raises_code("too-few-images", "20 test images"):
        script.write(shared, tmp_path / "out", test=25, validation=3)
    assert not (tmp_path / "out").exists()
    with raises_code("no-rows", "captions.txt"):
        script.write(tmp_path, tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with raises_code("output-not-empty", "full"):
        script.write(shared, tmp_path / "full", test=8, validation=3)
    (shared / "flickr8k_images" / "images" / name_of(3)).write_bytes(b"\xff\xd8\xff")
    with raises_code("images-unusable", name_of(3)):
        script.write(shared, tmp_path / "out", test=8, validation=3)


def test_the_command_says_what_it_has_made(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = write_shared(tmp_path / "shared")
    monkeypatch.setattr(script.write, "__kwdefaults__", {"test": 8, "validation": 3})
    monkeypatch.setattr(sys, "argv", ["split", str(shared), str(tmp_path / "out")])
    script.main()
    assert "19 photographs to train on, 3 for development, 8 to test on; 0 left out" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="output folder is not empty"):
        script.main()
