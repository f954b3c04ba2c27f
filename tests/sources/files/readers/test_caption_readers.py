"""Readers of captions: line by line beside images, of the images of a list, and XM3600's."""

from __future__ import annotations

import json
from pathlib import Path

from harness.sources.files.readers import find_reader
from tests.raising import raises_code

BESIDE = find_reader("lines-with-images")
LISTED = find_reader("listed-captions")
XM3600 = find_reader("xm3600")


def test_line_i_is_of_image_i(tmp_path: Path) -> None:
    path, names = tmp_path / "raw" / "val.de", tmp_path / "splits" / "val.txt"
    for file, content in (
        (path, b"Eins.\r\n\nDrei.\n\xff\nf\n"),
        (names, b"1.jpg\n2.jpg#7\n 3.jpg \n4.jpg\n\xfe.jpg\n"),
    ):
        file.parent.mkdir()
        file.write_bytes(content)
    images = "../splits/{stem}.txt"
    assert BESIDE.files(path, images=images) == (path, names)
    lines = list(BESIDE.read(path, images=images))
    assert [(line.path, line.number, line.record) for line in lines[:3]] == [
        (path, 1, {"text": "Eins.", "image": "1.jpg"}),
        (path, 2, {"text": "", "image": "2.jpg#7"}),
        (path, 3, {"text": "Drei.", "image": "3.jpg"}),
    ]
    assert [(line.number, line.problem) for line in lines[3:]] == [
        (4, "not UTF-8: byte 0xff at byte 1 of the line"),
        (5, "the name of its image is not UTF-8: byte 0xfe at byte 1 of the line"),
    ]
    names.write_bytes(b"1.jpg\n")
    with raises_code("files-differ-in-length", "5 captions", "1 name"):
        list(BESIDE.read(path, images=images))


def test_captions_of_listed_images_in_the_order_of_the_list(tmp_path: Path) -> None:
    path, captions = tmp_path / "test.txt", tmp_path / "token.txt"
    captions.write_text(
        "a.jpg#0\tOne .\nb.jpg#0\tTwo # 2.\nno tab\na.jpg#1\tThree .\nc.jpg\tFour .\n", encoding="utf-8"
    )
    path.write_text("b.jpg\na.jpg\nz.jpg\nb.jpg\n", encoding="utf-8")
    assert LISTED.files(path, captions="token.txt") == (path, captions)
    lines = list(LISTED.read(path, captions="token.txt"))
    assert [(line.number, line.record) for line in lines if line.record] == [
        (2, {"image": "b.jpg", "caption": "Two # 2."}),
        (1, {"image": "a.jpg", "caption": "One ."}),
        (4, {"image": "a.jpg", "caption": "Three ."}),
    ]
    assert [(line.path.name, line.number, line.problem) for line in lines if not line.record] == [
        ("token.txt", 3, "not NAME#NUMBER, a tab and a caption"),
        ("token.txt", 5, "not NAME#NUMBER, a tab and a caption"),
        ("test.txt", 3, "no captions of the image 'z.jpg'"),
    ]


def test_an_image_has_captions_in_many_languages(tmp_path: Path) -> None:
    path = tmp_path / "captions.jsonl"
    told = {"caption": ["Ein Tor.", "Tor am Meer."], "caption/tokenized": ["Ein Tor .", "Tor am Meer ."]}
    images = [
        {"image/key": "0f1e", "image/locale": "de", "de": told, "en": {"caption": ["A gate."]}},
        {"image/locale": "fr", "fr": {"caption": ["Non."]}},
        {"image/key": "1a2b", "image/locale": "fr", "de": {"caption": ["Brot."]}},
    ]
    path.write_text("".join(json.dumps(image) + "\n" for image in images), encoding="utf-8")
    lines = list(XM3600.read(path))
    assert [(line.number, tuple((line.record or {"": line.problem}).values())) for line in lines] == [
        (1, ("0f1e", "de", "Ein Tor.")),
        (2, ("0f1e", "de", "Tor am Meer.")),
        (3, ("0f1e", "en", "A gate.")),
        (4, ("no image/key",)),
        (5, ("1a2b", "de", "Brot.")),
    ]
