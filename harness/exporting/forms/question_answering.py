"""question-answering as a model that scores starts and ends of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.exporting.forms import Form, Use, loading

if TYPE_CHECKING:
    from torch import Tensor

    from harness.modeling.heads.base import Batch, HeadConfig

AUTO_CLASS = "AutoModelForQuestionAnswering"

NONE_WINS = '\n    if null > best:\n        return ""'


def scores(model: Any, inputs: Batch, config: HeadConfig) -> Tensor:
    """(B, 2, L), minus infinity at padding, which transformers leaves to its users."""
    del config
    output = model(**inputs)
    both: Tensor = output.start_logits.new_empty(len(output.start_logits), 2, output.start_logits.shape[1])
    both[:, 0], both[:, 1] = output.start_logits, output.end_logits
    return both.masked_fill(inputs["attention_mask"][:, None] == 0, -float("inf"))


def example(use: Use) -> str:
    """Answer a question from windows of its context."""
    sizes = [str(use.hyper[name]) for name in ("max_length", "doc_stride", "max_answer_length")]
    return f'''{loading(AUTO_CLASS, use)}
MAX_LENGTH, DOC_STRIDE, LONGEST_ANSWER = {", ".join(sizes)}


def answer(question, context):
    """The best span of the context{', or "" where no answer scores higher' if use.task.unanswerable else ""}."""
    used = len(tokenizer(question, add_special_tokens=False)["input_ids"])
    room = MAX_LENGTH - used - tokenizer.num_special_tokens_to_add(pair=True)
    inputs = tokenizer(
        question, context, truncation="only_second", max_length=MAX_LENGTH, stride=max(0, room - DOC_STRIDE),
        return_overflowing_tokens=True, return_offsets_mapping=True, padding=True, return_tensors="pt",
    )
    offsets = inputs.pop("offset_mapping").tolist()
    inputs.pop("overflow_to_sample_mapping")
    with torch.no_grad():
        output = model(**inputs)
    starts, ends = output.start_logits.tolist(), output.end_logits.tolist()
    best, null, place = float("-inf"), float("inf"), (0, 0)
    for window, places in enumerate(offsets):
        null = min(null, starts[window][0] + ends[window][0])
        inside = [i for i, which in enumerate(inputs.sequence_ids(window)) if which == 1]
        for first in inside:
            for last in (i for i in inside if first <= i < first + LONGEST_ANSWER):
                score = starts[window][first] + ends[window][last]
                if score > best:
                    best, place = score, (places[first][0], places[last][1]){NONE_WINS if use.task.unanswerable else ""}
    return context[slice(*place)].strip()


print(answer("Where does Ada live?", "Ada lives in London. She likes it there."))
'''


def notes(use: Use) -> tuple[str, ...]:
    """Windows, lengths and what is compared."""
    return (
        f"The question comes first. A long context was read in windows of {use.hyper['max_length']} tokens, special "
        f"ones included, that start {use.hyper['doc_stride']} tokens apart; questions were cut to "
        f"{use.hyper['max_query_length']} tokens, and answers have at most {use.hyper['max_answer_length']}.",
        "Some questions have no answer: the first token as start and end stands for that."
        if use.task.unanswerable
        else "Every question was taken to have an answer in its context.",
        "Scores of padding mean nothing.",
    )


FORM = Form(
    auto_class=AUTO_CLASS,
    pipeline_tag="question-answering",
    weights=({"output": "qa_outputs"},),
    config=lambda _: {"num_labels": 2},
    scores=scores,
    example=example,
    notes=notes,
)
