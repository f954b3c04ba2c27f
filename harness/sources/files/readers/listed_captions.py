"""Captions of the images in a list: names, one a line, and all captions in another file (Flickr8k's splits)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.sources.files.lines import Line, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1


def companions(path: Path, *, captions: str) -> tuple[Path, ...]:
    """The file with the captions."""
    return (path.with_name(captions),)


def read(path: Path, *, captions: str) -> Iterator[Line]:
    """Every caption (`caption`) of every image (`image`) of a list, in the order of the list.

    A line of captions is the image's name, "#", a number, a tab and the caption. One of another form is a bad record,
    whatever image it is of, and so is an image of the list without captions.

    Args:
        path: the list of images.
        captions: the name of the file with the captions, beside it.

    Raises:
        DataError: one of the files is empty.
    """
    (captions_path,) = companions(path, captions=captions)
    told: dict[str, list[Line]] = {}
    for line in text_lines(captions_path):
        head, tab, caption = line.text.partition("\t")
        image, mark, _ = head.rpartition("#")
        if line.problem or not (tab and mark):
            problem = line.problem or "not NAME#NUMBER, a tab and a caption"
            yield Line(captions_path, line.number, None, problem)
        else:
            told.setdefault(image, []).append(Line(captions_path, line.number, {"image": image, "caption": caption}))
    for listed in text_lines(path):
        image = listed.text.strip()
        if listed.problem or image not in told:
            yield Line(path, listed.number, None, listed.problem or f"no captions of the image {image!r}")
        else:
            # An image that is listed twice has its captions once.
            yield from told[image]
            told[image] = []
