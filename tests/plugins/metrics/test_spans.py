"""Spans of tag sequences and their F1."""

from __future__ import annotations

from itertools import pairwise

import pytest
from harness_plugins.metrics.spans import SPAN_F1, SPAN_PRECISION, SPAN_RECALL, UDPOS_F1_XTREME, find_spans
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.metrics.conftest import Score

IOB = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
UPOS = ["ADJ", "ADP", "AUX", "CCONJ", "INTJ", "NOUN", "NUM", "PUNCT", "SCONJ", "SYM", "X"]
SENTENCES = st.lists(st.sampled_from(IOB)) | st.lists(st.sampled_from([*UPOS, "O"]))


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B-PER I-PER O", [("PER", 0, 2)]),
        ("B-PER B-PER", [("PER", 0, 1), ("PER", 1, 2)]),
        # Lenient IOB: an I after another type, or after nothing, starts a span.
        ("B-PER I-LOC I-LOC O I-ORG", [("PER", 0, 1), ("LOC", 1, 3), ("ORG", 4, 5)]),
        ("I-PER I-PER", [("PER", 0, 2)]),
        ("O O", []),
        ("", []),
        # Tags without prefix: equal neighbours merge, the first letter is a prefix only where it is S.
        ("DET NOUN NOUN VERB", [("DET", 0, 1), ("NOUN", 1, 3), ("VERB", 3, 4)]),
        ("SCONJ SCONJ SYM", [("SCONJ", 0, 1), ("SCONJ", 1, 2), ("SYM", 2, 3)]),
        ("INTJ INTJ X X", [("INTJ", 0, 2), ("X", 2, 4)]),
        ("NOUN O NOUN", [("NOUN", 0, 1), ("NOUN", 2, 3)]),
        # IOBES: S is a whole span, E the last token of one.
        ("B-PER S-PER", [("PER", 0, 1), ("PER", 1, 2)]),
        ("S-PER S-PER B-LOC I-LOC E-LOC I-LOC", [("PER", 0, 1), ("PER", 1, 2), ("LOC", 2, 5), ("LOC", 5, 6)]),
        # The type is what follows the last "-".
        ("B-x-PER I-PER", [("PER", 0, 2)]),
    ],
)
def test_find_spans(tags: str, spans: list[tuple[str, int, int]]) -> None:
    assert find_spans(tags.split()) == spans


@given(SENTENCES)
def test_spans_are_disjoint_ordered_and_cover_what_is_tagged(tags: list[str]) -> None:
    spans = find_spans(tags)
    assert all(start < end for _, start, end in spans)
    assert all(end <= start for (_, _, end), (_, start, _) in pairwise(spans))
    covered = {position: type_ for type_, start, end in spans for position in range(start, end)}
    assert covered == {position: tag.rpartition("-")[2] for position, tag in enumerate(tags) if tag != "O"}


def spans_by_description(tags: list[str]) -> list[tuple[str, int, int]]:
    """Runs of tags of one type, cut before B and S and after E and S; token by token."""
    runs: list[list[int]] = []
    for position, tag in enumerate(tags):
        if tag == "O":
            continue
        previous = tags[position - 1] if position else "O"
        alone = tag[0] in "BS" or previous == "O" or previous[0] in "ES"
        if alone or previous.split("-")[-1] != tag.split("-")[-1]:
            runs.append([])
        runs[-1].append(position)
    return [(tags[run[0]].split("-")[-1], run[0], run[-1] + 1) for run in runs]


@given(SENTENCES | st.lists(st.sampled_from([f"{prefix}-{type_}" for prefix in "BIES" for type_ in "XY"])))
def test_spans_are_those_of_the_description(tags: list[str]) -> None:
    assert find_spans(tags) == spans_by_description(tags)


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        # Tags outside whose type goes on; conlleval's rules end a span before O whatever its type.
        ("I-O O", [("O", 0, 1)]),
        ("B-X O-X I-X", [("X", 0, 1), ("X", 2, 3)]),
        (". NOUN .", [("NOUN", 1, 2)]),
    ],
)
def test_odd_tags_have_the_spans_of_conlleval(tags: str, spans: list[tuple[str, int, int]]) -> None:
    assert find_spans(tags.split()) == spans


@given(SENTENCES, SENTENCES)
def test_sentences_joined_by_an_outside_tag_have_the_spans_of_both(first: list[str], second: list[str]) -> None:
    # The reference joins all sentences of a corpus this way, so counting sentence by sentence gives its sums.
    shift = len(first) + 1
    moved = [(type_, start + shift, end + shift) for type_, start, end in find_spans(second)]
    assert find_spans([*first, "O", *second]) == find_spans(first) + moved


@given(st.lists(SENTENCES, min_size=1))
def test_gold_as_prediction_is_perfect(score: Score, sentences: list[list[str]]) -> None:
    value = score(SPAN_F1, [{"gold": tags, "prediction": tags} for tags in sentences])
    assert value == (100.0 if any(find_spans(tags) for tags in sentences) else 0.0)


def test_f1_is_over_the_corpus(score: Score) -> None:
    # Right: PER. Predicted: PER, LOC(1), ORG = 3. Gold: PER, LOC(1-2) = 2. F1 = 2 * 1 / (3 + 2).
    predictions = [
        {"gold": ["B-PER", "B-LOC", "I-LOC"], "prediction": ["B-PER", "B-LOC", "O"]},
        {"gold": ["O"], "prediction": ["B-ORG"]},
    ]
    assert score(SPAN_F1, predictions) == pytest.approx(40.0)
    assert score(SPAN_PRECISION, predictions) == pytest.approx(100 / 3)
    assert score(SPAN_RECALL, predictions) == 50.0


def test_right_extent_of_another_type_is_wrong(score: Score) -> None:
    assert score(SPAN_F1, [{"gold": ["B-PER"], "prediction": ["B-LOC"]}]) == 0.0


def test_f1_of_pos_tags_is_no_accuracy(score: Score) -> None:
    # Three of four tokens are right. Gold spans: DET, NOUN(1-2), VERB; predicted: DET, NOUN(1), VERB(2-3); right: DET.
    predictions = [{"gold": ["DET", "NOUN", "NOUN", "VERB"], "prediction": ["DET", "NOUN", "VERB", "VERB"]}]
    assert score(UDPOS_F1_XTREME, predictions) == pytest.approx(100 / 3)


def test_no_spans_score_zero(score: Score) -> None:
    for metric in (SPAN_F1, SPAN_PRECISION, SPAN_RECALL):
        assert score(metric, [{"gold": ["O"], "prediction": ["O"]}]) == 0.0


def test_a_wrong_number_of_tags_is_refused() -> None:
    # The reference takes this pair for a perfect prediction.
    with pytest.raises(ValueError, match="2 predicted tags for 3 gold tags"):
        SPAN_F1.statistics({"gold": [["B-PER", "I-PER", "O"]], "prediction": [["B-PER", "I-PER"]]})
