"""Captions and images for tests: a few coloured squares on tiles, two captions each."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw

COLOURS = ("red", "green", "blue", "black", "white", "yellow")


def write_image(path: Path, colour: str, *, corner: int = 8, size: int = 64) -> Path:
    """A square of a colour with its upper left corner at (corner, corner), on grey tiles that tell pictures apart."""
    tones = Random(f"{colour}/{corner}/{size}")
    picture = (
        Image.frombytes("L", (9, 8), tones.randbytes(72)).resize((size, size), Image.Resampling.NEAREST).convert("RGB")
    )
    ImageDraw.Draw(picture).rectangle((corner, corner, corner + size // 3, corner + size // 3), fill=colour)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return path


def write_captions(directory: Path) -> Path:
    """Images, their captions in the layout of Flickr8k, and a map of files that has them as training and test rows."""
    names = [f"{colour}-{corner}.png" for corner, colour in enumerate(COLOURS)]
    for corner, (name, colour) in enumerate(zip(names, COLOURS, strict=True)):
        write_image(directory / "images" / name, colour, corner=7 * corner)
    with (directory / "captions.txt").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("image", "caption"))
        for number, (name, colour) in enumerate(zip(names, COLOURS, strict=True)):
            lines.writerow((name, f"A {colour} square number {number}."))
            lines.writerow((name, f"Somebody has painted a square, and it is {colour} ({number})."))
    table = 'file = "captions.txt"\nformat = "csv"\nimages = "images"\n'
    tables = [f"[flickr8k.{split}]\n{table}" for split in ("train", "test")]
    path = directory / "map.toml"
    path.write_text("\n".join(tables), encoding="utf-8")
    return path


def link_images(data: Path, folder: Path) -> Path:
    """The shared data in published layouts, with links to the photographs of Flickr8k under their names in Flickr30k.

    Of Multi30K 743 of the photographs are there, of xFlickr&CO 26.
    """
    photographs = data / "flickr8k_images" / "images"
    for name, link in (
        ("flickr8k_images/captions.txt", "flickr8k/captions.txt"),
        ("flickr8k_images/images", "flickr8k/images"),
        ("multi30k/task1", "multi30k/task1"),
        ("xflickrco/annotations", "xflickrco/annotations"),
        ("xtd10", "xtd10"),
        ("wit_iglue", "wit"),
    ):
        (folder / link).parent.mkdir(parents=True, exist_ok=True)
        (folder / link).symlink_to(data / name)
    for task in ("multi30k", "xflickrco"):
        (folder / task / "images").mkdir()
        for photograph in photographs.iterdir():
            (folder / task / "images" / f"{photograph.name.partition('_')[0]}.jpg").symlink_to(photograph)
    return folder
