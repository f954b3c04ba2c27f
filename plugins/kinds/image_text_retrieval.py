"""image-text-retrieval: find the image that a caption tells of, and the captions of an image."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, ClassVar

import harness
from harness.kindkit import IMAGE, CaptionKind, ImageSettings, Remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from harness.kindkit import DecodeTask, Features, Fields, Hyper, TextEncoder

CANDIDATES = 10
"""Best images stored with each prediction."""
TAGGED = re.compile(r".+(?:/|_|#(?:\d+#)?)[A-Za-z]{1,5}\$?")
"""A word with its part of speech, such as dog/NN, dog_NN or dog#2#NN."""
NUMBERED = re.compile(r"\d(?=[^\W\d_])")
"""A figure that a word follows without a blank, as numbers of phrases in annotated captions do."""
FEWEST_NUMBERS = 2
"""In a caption that has such numbers: "3D" has one."""
FEW = 0.05
"""Share of captions with numbers before words that tells of nothing."""


class ImageTextRetrieval(CaptionKind):
    """A unit is a caption with the vector of its image; without images, two captions of one image.

    Images that look alike (without images: that are the same), and captions of the same words, are never each other's
    negatives.
    """

    whole_step: ClassVar[bool] = True

    def check_scored(self, hyper: Hyper) -> None:
        """Refuse to search images that are left out."""
        if hyper.own(ImageSettings).images == "none":
            raise harness.DataError(
                "images = none leaves nothing to search, where captions and images are scored or selected on",
                code="images-not-real",
                fix="set it for phases that only train, such as an arm's: flickr8k{images=none}",
            )

    def joined(self, rows: Sequence[harness.CaptionRow], hyper: Hyper) -> list[tuple[int, int]] | None:
        """Without images, two captions of the same image.

        Raises:
            DataError: no image has two.
        """
        if hyper.own(ImageSettings).images != "none":
            return None
        found = list(pairs(rows))
        if not found:
            raise harness.DataError(
                "images = none contrasts two captions of one image, and no image has two",
                code="no-two-captions",
                fix="give more captions, or keep images",
            )
        return found

    def encode(
        self, rows: Sequence[harness.CaptionRow], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper
    ) -> Features:
        """One sequence a caption of up to `max_length` tokens; without images, two a unit.

        Raises:
            DataError: without images, no image has two captions.
        """
        from harness.kindkit import FeatureBuilder

        del labels
        builder = FeatureBuilder()
        images, texts = Numbers(), Numbers()
        joined = self.joined(rows, hyper)
        units = [(i,) for i in range(len(rows))] if joined is None else joined
        encoded = encoder.encode([row.text for row in rows], [None] * len(rows), hyper.max_length)
        for unit in units:
            for index in unit:
                if encoded[index].overflowing:
                    builder.truncated_rows.add(index)
                builder.sequence(encoded[index].ids)
            words = [texts[words_of(rows[index].text)] for index in (unit[0], unit[-1])]
            builder.end_unit(unit[0], image_group=images[rows[unit[0]].image.name], text_groups=words)
        return builder.build()

    def decode(
        self,
        outputs: Sequence[NDArray[np.float32]],
        features: Features,
        rows: Sequence[harness.CaptionRow],
        task: DecodeTask,
    ) -> list[tuple[int, Fields]]:
        """Of each caption the rank of its image among all, best first; of each image those of its captions.

        What is as near is ranked as trec_eval ranks it, the later name first: images by their names, captions by those
        of their images and then by their order.
        """
        import numpy as np

        from harness.kindkit import ranked_both

        del task
        vectors = np.stack(outputs)
        shown = features.unit_columns[IMAGE]
        # The first caption of each image stands for it.
        firsts = np.unique(shown, return_index=True)[1].tolist()
        row_of = features.rows.tolist()
        firsts.sort(key=lambda unit: rows[row_of[unit]].image.name, reverse=True)
        place = {int(shown[unit]): number for number, unit in enumerate(firsts)}
        names = [rows[row_of[unit]].image.name for unit in firsts]
        right = np.asarray([place[number] for number in shown.tolist()])
        captions, images = vectors[:, 0], vectors[firsts, 1]
        # Captions of one image stand together, the later one first.
        order = np.lexsort((-np.arange(len(right)), right))
        ranked = ranked_both(captions[order], images, right[order], CANDIDATES)
        ends = np.searchsorted(right[order], np.arange(len(names) + 1)).tolist()
        of_image = {
            unit: sorted(ranked.back[start:end].tolist())
            for unit, (start, end) in zip(firsts, itertools.pairwise(ends), strict=True)
        }
        sorted_place = np.argsort(order)
        ranks = ranked.ranks[sorted_place].tolist()
        indices, scores = (
            part[sorted_place].tolist() for part in (ranked.neighbours.indices, ranked.neighbours.scores)
        )
        decoded: list[tuple[int, Fields]] = []
        for unit, (best, similar) in enumerate(zip(indices, scores, strict=True)):
            row = row_of[unit]
            fields: Fields = {
                "gold": [names[right[unit]]],
                "prediction": names[best[0]],
                "candidates": [{"key": names[i], "score": score} for i, score in zip(best, similar, strict=True)],
                "rank": ranks[unit],
                "images": len(names),
                "caption_ranks": of_image.get(unit, []),
                "captions": len(rows),
                "cluster": self.group(rows[row]),
            }
            decoded.append((row, fields))
        return decoded

    def gold_predictions(self, rows: Sequence[harness.CaptionRow]) -> list[tuple[int, Fields]]:
        """Each caption's image first, and each image's captions before all others."""
        told = dict[str, list[int]]()
        for index, row in enumerate(rows):
            told.setdefault(row.image.name, []).append(index)
        found: list[tuple[int, Fields]] = []
        for index, row in enumerate(rows):
            own = told[row.image.name]
            fields: Fields = {
                "gold": [row.image.name],
                "prediction": row.image.name,
                "candidates": [{"key": row.image.name, "score": 1.0}],
                "rank": 1,
                "images": len(told),
                "caption_ranks": list(range(1, len(own) + 1)) if index == own[0] else [],
                "captions": len(rows),
                "cluster": self.group(row),
            }
            found.append((index, fields))
        return found

    def answered_as(self, asked: Fields, other: Fields) -> Fields:
        """The image of another caption first, and the own one last; likewise of captions."""
        if asked["gold"] == other["gold"]:
            return asked
        last = asked["captions"] - len(asked["caption_ranks"])
        ranks = [last + rank for rank in asked["caption_ranks"]]
        answer = {name: other[name] for name in ("prediction", "candidates")}
        return {**asked, **answer, "rank": asked["images"], "caption_ranks": ranks}

    def remarks(self, rows: Sequence[harness.CaptionRow]) -> list[Remark]:
        """Captions with what annotators added, and the same words for different images."""
        tagged = [index for index, row in enumerate(rows) if is_tagged(row.text)]
        numbered = [index for index, row in enumerate(rows) if len(NUMBERED.findall(row.text)) >= FEWEST_NUMBERS]
        shown: dict[str, set[str]] = {}
        for row in rows:
            shown.setdefault(words_of(row.text), set()).add(row.image.name)
        doubled = [index for index, row in enumerate(rows) if len(shown[words_of(row.text)]) > 1]
        found = [
            Remark(tagged, "have parts of speech in their captions", fix="take the tags out, or take another copy"),
            Remark(doubled, "have the same words as a caption of another image"),
            Remark(numbered if len(numbered) > FEW * len(rows) else (), "have numbers before words, as of phrases"),
        ]
        return [remark for remark in found if remark.rows]


def words_of(caption: str) -> str:
    """What captions of the same words have in common."""
    return " ".join(caption.casefold().split())


def is_tagged(caption: str) -> bool:
    """Whether four words of five, and more than one, come with a part of speech."""
    words = [word for word in caption.split() if any(map(str.isalpha, word))]
    tagged = sum(bool(TAGGED.fullmatch(word)) for word in words)
    return tagged > 1 and 5 * tagged >= 4 * len(words)


class Numbers:
    """A number for each text, from 0."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __getitem__(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))


def pairs(rows: Iterable[harness.CaptionRow]) -> Iterator[tuple[int, int]]:
    """Captions of the same image by two, each once; of an odd number the last one goes with the first.

    An image with one caption has none.
    """
    told = dict[str, list[int]]()
    for index, row in enumerate(rows):
        told.setdefault(row.image.name, []).append(index)
    for captions in told.values():
        if len(captions) > 1:
            whole = captions if len(captions) % 2 == 0 else [*captions, captions[0]]
            yield from zip(whole[::2], whole[1::2], strict=True)


@harness.hookimpl
def register_kinds(register: Callable[[CaptionKind], None]) -> None:
    register(
        ImageTextRetrieval(name="image-text-retrieval", version=2, head=f"{__package__}.heads.image_text:ImageTextHead")
    )
