from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
from harness.hyper import Hyper
from harness.kinds.base import DecodeTask
from harness.kinds.question_answering import QuestionAnsweringSettings
from harness.registry import Registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.kinds.base import Kind
    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features

TOWER = "In 1889 the tower was opened; it stands in Paris, on the left bank of the river."
CLOSE = QuestionAnsweringSettings(doc_stride=10)
FEW_TOKENS = Hyper(max_length=50, max_query_length=12, kind_settings=CLOSE)
SMALL = Hyper(max_length=64, max_query_length=12, kind_settings=CLOSE)


@pytest.fixture
def kind(kinds: dict[str, Kind[Any]]) -> Kind[Any]:
    return kinds["question-answering"]


def ask(context: str, answer: str | None, question: str = "What is it?", start: int | None = None) -> Any:
    found = () if answer is None else (harness.Answer(answer, context.index(answer) if start is None else start),)
    return harness.QuestionRow(question=question, context=context, answers=found)


def gold_outputs(features: Features) -> list[NDArray[np.float32]]:
    """Scores of a model that points at each window's gold tokens."""
    outputs = []
    for unit in range(len(features)):
        scores = np.zeros((2, int(features.offsets[unit + 1] - features.offsets[unit])), np.float32)
        scores[0, features.unit_columns["start"][unit]] = scores[1, features.unit_columns["end"][unit]] = 5
        outputs.append(scores)
    return outputs


def decode(
    kind: Kind[Any], outputs: Sequence[Any], features: Features, rows: Sequence[Any], task: str = "squad", **own: int
) -> list[dict[str, Any]]:
    hyper = Hyper(kind_settings=QuestionAnsweringSettings(**own))
    how = DecodeTask(task=Registry().task(task), labels=(), hyper=hyper)
    decoded = kind.decode(outputs, features, rows, how)
    assert [index for index, _ in decoded] == list(range(len(rows)))
    return [fields for _, fields in decoded]


def starts_of(features: Features, unit: int) -> list[int]:
    column = features.token_columns["char_start"][features.offsets[unit] : features.offsets[unit + 1]]
    return [start for start in column.tolist() if start >= 0]


@pytest.mark.parametrize(
    ("context", "answer"),
    [
        (TOWER, "1889"),
        (TOWER, "Paris"),
        (TOWER, "the river"),
        (TOWER * 4, "In"),
        (f"   {TOWER}", "In 1889"),
        (f"\n\u00a0 {TOWER} \t", "river."),
        ("北京是中华人民共和国的首都。长城位于北京以北。" * 2, "长城"),
        ("กรุงเทพมหานคร เป็นเมืองหลวงของประเทศไทย", "กรุงเทพมหานคร"),
        ("القاهرة هي عاصمة مصر وأكبر مدنها", "عاصمة مصر"),
        ("Şişli'de nai\u0308ve cafe\u0301 de\u0301ja\u0300 vu", "cafe\u0301"),
        ("Şişli'de nai\u0308ve cafe\u0301", "cafe\u0301"),
        ("The tower,[1]\u200b in \u200bParis\u200b, stands", "The tower,[1]\u200b"),
        ("The tower,[1]\u200b in \u200bParis\u200b, stands", "\u200bParis\u200b"),
        ("The river[2]\u200b[3]\u200b", "river[2]\u200b[3]\u200b"),
        ("fox.[12]\u200bThe dog", "The dog"),
        ("The fox (\u200eأكبر مصر\u200f; 980) and", "\u200eأكبر مصر\u200f"),
        ("The fox and\u00ad the \u00ad\u202adog\u202c\u00ad mind", "and\u00ad"),
        ("The fox and\u00ad the \u00ad\u202adog\u202c\u00ad mind", "\u00ad\u202adog\u202c\u00ad"),
        ("The cafe\u0301\u200b mind", "cafe\u0301\u200b"),
        ("The cafe\u200b\u0301 mind", "cafe\u200b\u0301"),
        ("\ufeffParis is quick", "Paris"),
        ("\u200bParis", "\u200bParis"),
    ],
)
def test_gold_windows_decode_to_the_answer(context: str, answer: str, kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [ask(context, answer)]
    features = kind.encode(rows, (), encoder, SMALL)
    (fields,) = decode(kind, gold_outputs(features), features, rows, max_answer_length=100)
    assert fields["gold"] == [answer]
    best = fields["spans"][0]
    assert (fields["prediction"], best["text"], best["score"]) == (answer, answer, 10)
    assert context[best["start"] : best["end"]] == answer
    assert best["start"] == context.index(answer)


def test_blanks_and_characters_without_a_token_at_the_answers_edges_do_no_harm(
    kind: Kind[Any], encoder: TextEncoder
) -> None:
    context = "It stands in \u200e\ufeff Paris\u200e , on the left"
    rows = [ask(context, " \u200e\ufeff Paris\u200e ")]
    features = kind.encode(rows, (), encoder, Hyper())
    (fields,) = decode(kind, gold_outputs(features), features, rows)
    assert fields["prediction"].strip("\u200e\ufeff ") == "Paris"


def test_windows_are_doc_stride_tokens_apart_and_cover_the_context(kind: Kind[Any], encoder: TextEncoder) -> None:
    context = f" {TOWER} " * 6
    rows = [ask(context, None)]
    whole = kind.encode(rows, (), encoder, Hyper(max_length=5000, max_query_length=12))
    assert len(whole) == 1
    tokens = whole.ids[whole.pair_starts[0] : -1].tolist()
    features = kind.encode(rows, (), encoder, SMALL)
    lengths = np.diff(features.offsets).tolist()
    assert lengths[:-1] == [SMALL.max_length] * (len(features) - 1)
    room = SMALL.max_length - int(features.pair_starts[0]) - 1
    for unit in range(len(features)):
        start = int(features.offsets[unit])
        window = features.ids[start + features.pair_starts[unit] : features.offsets[unit + 1] - 1].tolist()
        assert window == tokens[unit * CLOSE.doc_stride :][:room]
    visible = {i for i, character in enumerate(context) if not character.isspace()}
    columns = [features.token_columns[name] for name in ("char_start", "char_end")]
    assert {i for a, b in zip(*columns, strict=True) for i in range(a, b)} == visible


def test_windows_follow_each_other_where_the_stride_is_longer_than_they_are(
    kind: Kind[Any], encoder: TextEncoder
) -> None:
    rows = [ask(TOWER * 3, None)]
    features = kind.encode(rows, (), encoder, Hyper(max_length=30, max_query_length=12))
    covered = [start for unit in range(len(features)) for start in starts_of(features, unit)]
    assert len(features) > 2
    assert covered == sorted(covered)
    whole = kind.encode(rows, (), encoder, Hyper(max_length=5000, max_query_length=12))
    assert covered == starts_of(whole, 0)


def test_only_windows_with_the_whole_answer_point_at_it(kind: Kind[Any], encoder: TextEncoder) -> None:
    context = TOWER * 8
    answer = "it stands in Paris"
    start = context.index(answer, 4 * len(TOWER))
    hyper = Hyper(max_length=50, kind_settings=QuestionAnsweringSettings(doc_stride=4))
    features = kind.encode([ask(context, answer, start=start)], (), encoder, hyper)
    holding, partly = 0, 0
    for unit in range(len(features)):
        at = slice(features.offsets[unit], features.offsets[unit + 1])
        starts, ends = (features.token_columns[name][at] for name in ("char_start", "char_end"))
        first, last = int(features.unit_columns["start"][unit]), int(features.unit_columns["end"][unit])
        if start in starts and start + len(answer) in ends:
            holding += 1
            assert (starts[first], ends[last]) == (start, start + len(answer))
        else:
            partly += bool(((starts < start + len(answer)) & (ends > start)).any())
            assert (first, last) == (0, 0)
    assert holding
    assert partly
    assert features.weights.tolist() == [1] * len(features)


def test_questions_without_answer_point_at_the_first_token(kind: Kind[Any], encoder: TextEncoder) -> None:
    features = kind.encode([ask(TOWER * 3, None)], (), encoder, SMALL)
    assert len(features) > 1
    assert not features.unit_columns["start"].any()
    assert not features.unit_columns["end"].any()


def test_long_questions_are_cut(kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any) -> None:
    question = "the dog does not mind the fox and the dog jumps over the river"
    rows = [ask(TOWER, "1889", question=question), ask(TOWER, "1889", question="the")]
    features = kind.encode(rows, (), encoder, Hyper(max_query_length=5))
    tokens = hub_tokenizer(question, add_special_tokens=False)["input_ids"]
    separators = 1 if features.ids[features.pair_starts[0] - 2] != hub_tokenizer.sep_token_id else 2
    assert features.ids[1 : features.pair_starts[0] - separators].tolist() == tokens[:5]
    assert features.truncated == 1


def test_questions_are_cut_between_characters(kind: Kind[Any], encoder: TextEncoder, hub_tokenizer: Any) -> None:
    question = "龘龘龘龘"
    cut = encoder.cut([question], 5)[0]
    assert question.startswith(cut)
    assert cut != question or len(hub_tokenizer(question, add_special_tokens=False)["input_ids"]) <= 5
    assert len(hub_tokenizer(cut, add_special_tokens=False)["input_ids"]) <= 5


def test_a_question_that_leaves_no_room_for_its_context_is_refused(kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [ask(TOWER, "1889", question="the dog does not mind " * 20)]
    with raises_code("no-room-for-context") as caught:
        kind.encode(rows, (), encoder, Hyper(max_length=30, max_query_length=30))
    assert "max_query_length" in (caught.value.fix or "")


def test_a_context_without_any_token_is_answered_with_nothing(kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [ask("\u200b", None)]
    features = kind.encode(rows, (), encoder, Hyper())
    (fields,) = decode(kind, gold_outputs(features), features, rows)
    assert fields["prediction"].strip("\u200b") == ""


def windows_of_scores(features: Features) -> list[NDArray[np.float32]]:
    lengths = np.diff(features.offsets).tolist()
    return [np.full((2, length), -1, np.float32) for length in lengths]


def test_the_best_span_over_all_windows_wins(kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [ask(TOWER * 3, "1889"), ask(TOWER, "Paris")]
    features = kind.encode(rows, (), encoder, FEW_TOKENS)
    outputs = windows_of_scores(features)
    first = int(np.flatnonzero(features.rows == 1)[0])
    assert first > 2
    at = int(features.pair_starts[0]) + 4
    outputs[0][:, at], outputs[1][:, at] = (3, 3), (3, 4)
    outputs[1][1, at + 1] = 3.5
    fields = decode(kind, outputs, features, rows)[0]
    starts = features.token_columns["char_start"][features.offsets[1] :]
    ends = features.token_columns["char_end"][features.offsets[1] :]
    best, second = fields["spans"][:2]
    assert (best["start"], best["end"], best["score"]) == (starts[at], ends[at], 7)
    assert (second["start"], second["end"], second["score"]) == (starts[at], ends[at + 1], 6.5)
    assert fields["prediction"] == best["text"]
    places = [(span["start"], span["end"]) for span in fields["spans"]]
    assert len(places) == len(set(places)) == QuestionAnsweringSettings().n_best
    assert [span["score"] for span in fields["spans"]] == sorted((s["score"] for s in fields["spans"]), reverse=True)


def test_spans_outside_the_context_backwards_or_too_long_do_not_count(kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [ask(TOWER, "1889")]
    features = kind.encode(rows, (), encoder, Hyper())
    (scores,) = windows_of_scores(features)
    starts, ends = features.token_columns["char_start"], features.token_columns["char_end"]
    at = next(i for i in range(len(starts)) if (starts[i : i + 5] >= 0).all())
    scores[:, 1] = 50
    scores[0, at + 2], scores[1, at] = 9, 9
    scores[0, at + 1] = 8
    scores[1, at + 4] = 6
    (fields,) = decode(kind, [scores], features, rows, max_answer_length=3)
    assert fields["spans"][0]["score"] == 15
    assert fields["prediction"] == TOWER[starts[at + 2] : ends[at + 4]]


@pytest.mark.parametrize(
    ("task", "null", "answered"), [("squad", 100, True), ("squad_v2", 6.5, False), ("squad_v2", 5.5, True)]
)
def test_no_answer_wins_only_where_questions_may_have_none(
    task: str, null: float, answered: bool, kind: Kind[Any], encoder: TextEncoder
) -> None:
    rows = [ask(TOWER * 3, None)]
    features = kind.encode(rows, (), encoder, SMALL)
    outputs = windows_of_scores(features)
    at = int(features.pair_starts[0]) + 4
    outputs[1][:, at] = 3
    for number, scores in enumerate(outputs):
        # The least null score of all windows counts.
        scores[:, 0] = null / 2 + number
    (fields,) = decode(kind, outputs, features, rows, task=task)
    assert fields["no_answer_score"] == null
    assert fields["spans"][0]["score"] == 6
    assert (fields["prediction"] != "") is answered
    assert fields["gold"] == []


def test_questions_of_a_paragraph_are_a_cluster(kind: Kind[Any], encoder: TextEncoder) -> None:
    rows = [ask(TOWER, "1889"), ask(TOWER, "Paris", question="Where?"), ask(TOWER + " ", "Paris")]
    features = kind.encode(rows, (), encoder, Hyper())
    clusters = [fields["cluster"] for fields in decode(kind, gold_outputs(features), features, rows)]
    assert clusters[0] == clusters[1] != clusters[2]


@pytest.mark.parametrize(
    ("context", "question", "answer", "start", "message"),
    [
        (" ", "q", None, None, "no context"),
        (TOWER, " ", None, None, "no question"),
        (TOWER, "q", "", 0, "blank answer"),
        (TOWER, "q", " ", 2, "blank answer"),
        (TOWER, "q", "1889", 2, "not in its context at 2"),
        (TOWER, "q", "1889", 500, "not in its context"),
    ],
)
def test_rows_that_cannot_be_asked_are_refused(
    context: str, question: str, answer: str | None, start: int | None, message: str, kind: Kind[Any]
) -> None:
    with pytest.raises(harness.BadRow, match=message):
        kind.check(ask(context, answer, question, start), ())


def test_the_first_token_of_every_window_is_no_answer(kind: Kind[Any], encoder: TextEncoder) -> None:
    features = kind.encode([ask(TOWER, "In")], (), encoder, Hyper())
    assert features.unit_columns["start"][0] > 0
    assert features.token_columns["char_start"][0] == -1


def test_the_lengths_of_windows_are_estimated(kind: Kind[Any]) -> None:
    hyper = Hyper(max_length=100, max_query_length=20, kind_settings=QuestionAnsweringSettings(doc_stride=30))
    assert kind.lengths([10, 90], hyper) == [100]
    # Windows begin at tokens 0, 30, 60 and 90; the last one has what is left.
    assert kind.lengths([10, 171], hyper) == [100, 100, 100, 91]
    # A longer question is cut off.
    assert kind.lengths([50, 80], hyper) == [100]
    # Without an overlap where a question leaves less than the stride.
    far = Hyper(max_length=50, kind_settings=QuestionAnsweringSettings(doc_stride=40))
    assert kind.lengths([20, 100], far) == [50, 50, 50, 30]
