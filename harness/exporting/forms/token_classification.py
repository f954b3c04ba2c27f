"""token-classification as a model that scores tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.exporting.forms import Form, Use, loading
from harness.kinds.token_classification import AS_WRITTEN

if TYPE_CHECKING:
    from torch import Tensor

    from harness.modeling.heads.base import Batch, HeadConfig

WITHOUT_BLANKS = (
    "In languages that are written without blanks, such as Chinese, words were read without one before each but the "
    "first; the example puts one there."
)
AUTO_CLASS = "AutoModelForTokenClassification"


def scores(model: Any, inputs: Batch, config: HeadConfig) -> Tensor:
    """(B, L, tags)."""
    del config
    logits: Tensor = model(**inputs).logits
    return logits


def example(use: Use) -> str:
    """Tag words."""
    return f'''{loading(AUTO_CLASS, use)}

def tag(words):
    """The tag of each word, read at its first token."""
    inputs = tokenizer(
        words, is_split_into_words=True, truncation=True, max_length={use.hyper["max_length"]}, return_tensors="pt"
    )
    with torch.no_grad():
        best = model(**inputs).logits[0].argmax(-1).tolist()
    tags = {{}}
    for position, word in enumerate(inputs.word_ids()):
        if word is not None:
            tags.setdefault(word, model.config.id2label[best[position]])
    return [tags.get(i) for i in range(len(words))]


print(tag(["Ada", "lives", "in", "London", "."]))
'''


def notes(use: Use) -> tuple[str, ...]:
    """Words, and what becomes of long sentences."""
    return (
        "Inputs are words, not running text; a word's tag is that of its first token.",
        f"In training and scoring, sentences of more than {use.hyper['max_length']} tokens, special ones included, "
        "were split between words and never cut; the example gives no tag to what is cut off.",
        "A word without any token was scored as the tokenizer's unknown token; the example gives it no tag.",
        *([WITHOUT_BLANKS] if use.hyper.get("word_blanks") == AS_WRITTEN else []),
    )


FORM = Form(
    auto_class=AUTO_CLASS,
    pipeline_tag="token-classification",
    weights=({"output": "classifier"},),
    scores=scores,
    example=example,
    notes=notes,
)
