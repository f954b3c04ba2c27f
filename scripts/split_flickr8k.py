#!/usr/bin/env python3
"""Split 800 photographs of Flickr8k for image retrieval: Multi30K's captions in four languages tell of the test images.

scripts/split_flickr8k.py SHARED_DATA OUTPUT
xharness train --config docs/vision.toml --data OUTPUT/map.toml

SHARED_DATA has `flickr8k_images` (photographs, five English captions each, captions in Multi30K and xFlickr&CO)
and `tatoeba`. OUTPUT gets the layout of Multi30K and xFlickr&CO, with links to the photographs, and a map of files.

Photographs are sorted by the SHA-256 of their content. The first that Multi30K tells of in all languages are test
images, those of xFlickr&CO always among them, and one only of images that look alike; the next are for development.
The others are trained on, but for those that look like one of these or share a caption with one.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import DataError, SettingsError, UserError, counted
from harness.imaging.decoding import BadImage, decoded, image_hash
from harness.planning.stages.images import alike

LANGUAGES = ("en", "de", "fr", "cs")
CAPTIONS, PHOTOGRAPHS = "flickr8k_images/captions.txt", "flickr8k_images/images"
MULTI30K, XFLICKRCO = "flickr8k_images/multi30k_join.tsv", "flickr8k_images/xflickrco_join.jsonl"
LAYOUT = "multi30k/task1"
TEST_IMAGES, DEVELOPMENT_IMAGES = 200, 40

MAP = """\
root = "."

[multi30k.train]
file = "multi30k/task1/raw/train.en"
stand_in = true
note = "{train} photographs of Flickr8k with its five captions"

[multi30k.validation]
file = "multi30k/task1/raw/val.en"
stand_in = true
note = "{validation} photographs of Flickr8k with its five captions, none of them trained on"

[[multi30k.test]]
file = "multi30k/task1/raw/test_2016_flickr.{{language}}"
languages = ["en", "de", "fr", "cs"]
stand_in = true
note = "{test} photographs of Flickr8k with their captions in Multi30K, of whatever split"

[[xflickrco.test]]
file = "xflickrco/annotations/{{language}}/test.jsonl"
languages = [{languages}]
images = "multi30k/images"
stand_in = true
note = "{smoke} of 2,000 photographs"

[[tatoeba.test]]
file = "tatoeba/v1/tatoeba.{{language}}-eng.{{language}}"
languages = ["de", "fr", "ru", "zh", "hi", "sw", "ta", "tr"]
"""


@dataclass(frozen=True)
class Photograph:
    """An image and what tells of it.

    Attributes:
        path: of the file.
        captions: in Flickr8k, English.
        translated: its captions in Multi30K by language; none where Multi30K lacks one of them.
        elsewhere: its captions in xFlickr&CO by language; none where it is not there.
    """

    path: Path
    captions: Sequence[str]
    translated: Mapping[str, str]
    elsewhere: Mapping[str, str]

    @cached_property
    def content(self) -> bytes:
        """The bytes of the file."""
        return self.path.read_bytes()

    @property
    def digest(self) -> str:
        """The SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def name(self) -> str:
        """Its name in Flickr30k."""
        return f"{self.path.name.partition('_')[0].removesuffix('.jpg')}.jpg"

    @property
    def words(self) -> set[str]:
        """Its English captions by their words, whatever their case and punctuation."""
        english = [*self.captions, *(told["en"] for told in (self.translated, self.elsewhere) if "en" in told)]
        return {" ".join(re.findall(r"\w+", text.casefold())) for text in english}


@dataclass(frozen=True)
class Split:
    """Photographs by what they are for, and how many serve nothing."""

    train: Sequence[Photograph]
    validation: Sequence[Photograph]
    test: Sequence[Photograph]
    left_out: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared_data", type=Path)
    parser.add_argument("output", type=Path)
    asked = parser.parse_args()
    try:
        found = write(asked.shared_data, asked.output)
    except UserError as error:
        raise SystemExit(str(error)) from None
    except OSError as error:
        raise SystemExit(f"{error.filename or asked.output}: {error.strerror}") from None
    print(
        f"{len(found.train)} photographs to train on, {len(found.validation)} for development, {len(found.test)} to "
        f"test on; {found.left_out} left out, which look like one of the latter or share a caption with one"
    )


def write(shared: Path, output: Path, *, test: int = TEST_IMAGES, validation: int = DEVELOPMENT_IMAGES) -> Split:
    """Write the split's files.

    Args:
        shared: the folder with the data.
        output: gets the files; must be empty or missing.
        test: test images, at least.
        validation: images for development.

    Raises:
        SettingsError: the output is not empty.
        DataError: data are missing, an image cannot be used, or there are too few photographs.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise SettingsError(
            "the output folder is not empty", code="output-not-empty", where=str(output), fix="give another one"
        )
    found = split(photographs(shared), test=test, validation=validation)
    all_of = (*found.train, *found.validation, *found.test)
    (output / "multi30k" / "images").mkdir(parents=True)
    for one in all_of:
        (output / "multi30k" / "images" / one.name).symlink_to(one.path.resolve())
    for name, chosen in (("train", found.train), ("val", found.validation)):
        _write_lines(output, name, {"en": [(one, text) for one in chosen for text in one.captions]})
    told = {code: [(one, one.translated[code]) for one in found.test] for code in LANGUAGES}
    _write_lines(output, "test_2016_flickr", told)
    smoke = [one for one in found.test if one.elsewhere]
    languages = sorted({code for one in smoke for code in one.elsewhere})
    for code in languages:
        rows = [
            {"sentences": [one.elsewhere[code]], "id": one.name.removesuffix(".jpg"), "img_path": one.name}
            for one in smoke
            if code in one.elsewhere
        ]
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        _write(output / "xflickrco" / "annotations" / code / "test.jsonl", lines)
    (output / "tatoeba").symlink_to((shared / "tatoeba").resolve())
    text = MAP.format(
        train=len(found.train),
        validation=len(found.validation),
        test=len(found.test),
        smoke=len(smoke),
        languages=", ".join(f'"{code}"' for code in languages),
    )
    (output / "map.toml").write_text(text, encoding="utf-8")
    return found


def photographs(shared: Path) -> list[Photograph]:
    """All of Flickr8k that are there.

    Raises:
        DataError: a file is missing.
    """
    missing = [name for name in (CAPTIONS, PHOTOGRAPHS, MULTI30K, XFLICKRCO, "tatoeba") if not (shared / name).exists()]
    if missing:
        raise DataError("data are missing", code="no-rows", where=", ".join(str(shared / name) for name in missing))
    captions = defaultdict[str, list[str]](list)
    for row in _records(shared / CAPTIONS, lambda lines: csv.DictReader(lines)):
        captions[row["image"]].append(row["caption"])
    # Quotation marks of this file are those of captions.
    tabs = _records(shared / MULTI30K, lambda lines: csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    told = {row["image"]: {code: row[code] for code in LANGUAGES} for row in tabs}
    translated = {name: texts for name, texts in told.items() if all(texts.values())}
    rows = _records(shared / XFLICKRCO, lambda lines: map(json.loads, lines))
    elsewhere = {row["image"]: row["captions"] for row in rows}
    return [
        Photograph(
            shared / PHOTOGRAPHS / name,
            english,
            translated.get(name, {}),
            elsewhere.get(name, {}),
        )
        for name, english in sorted(captions.items())
        if (shared / PHOTOGRAPHS / name).exists()
    ]


def split(found: Iterable[Photograph], *, test: int, validation: int) -> Split:
    """Test images, those for development, and what may be trained on; the same whatever order they come in.

    Raises:
        DataError: an image cannot be used, or there are too few photographs.
    """
    ordered = sorted(found, key=lambda one: (one.digest, one.name))
    group = dict(zip(map(id, ordered), _groups(ordered), strict=True))
    first = sorted((one for one in ordered if one.translated), key=lambda one: not one.elsewhere)
    different = dict[int, Photograph]()
    for one in first:
        # Another image that looks the same would be as right an answer.
        different.setdefault(group[id(one)], one)
    chosen = [one for number, one in enumerate(different.values()) if number < test or one.elsewhere]
    tested = [one for one in ordered if one in chosen]
    rest = _unlike(ordered, tested, group)
    developed = rest[:validation]
    trained = _unlike(rest, developed, group)
    if len(tested) < test or len(developed) < validation or not trained:
        raise DataError(
            f"too few photographs: {counted(len(tested), 'test image')}, {len(developed)} for development and "
            f"{len(trained)} to train on",
            code="too-few-images",
            fix="give more photographs",
        )
    return Split(trained, developed, tested, len(ordered) - len(tested) - len(developed) - len(trained))


def _unlike(found: Sequence[Photograph], kept: Sequence[Photograph], group: Mapping[int, int]) -> list[Photograph]:
    """The photographs that neither look like one of those kept, nor share a caption with one."""
    groups, words = {group[id(one)] for one in kept}, {text for one in kept for text in one.words}
    return [one for one in found if group[id(one)] not in groups and not one.words & words]


def _groups(found: Sequence[Photograph]) -> list[int]:
    """A number for each photograph, the same for those that look alike."""
    hashes = []
    for one in found:
        try:
            hashes.append(image_hash(decoded(one.content)))
        except BadImage as error:
            raise DataError(
                f"an image cannot be used: {error.reason}", code="images-unusable", where=str(one.path)
            ) from None
    groups: list[int] = alike(np.asarray(hashes, np.uint64)).tolist()
    return groups


def _records(path: Path, reader: Callable[[Iterable[str]], Iterable[Any]]) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(reader(lines))


def _write_lines(output: Path, split: str, told: Mapping[str, Sequence[tuple[Photograph, str]]]) -> None:
    """The captions of a split in each language, and the names of their images, which are the same in all of them."""
    for code, captions in told.items():
        _write(output / LAYOUT / "raw" / f"{split}.{code}", (" ".join(text.split()) for _, text in captions))
        _write(output / LAYOUT / "image_splits" / f"{split}.txt", (one.name for one, _ in captions))


def _write(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
