"""fill-mask as a masked language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.exporting.forms import Form, Use, loading, scored_length
from harness.modeling.heads.fill_mask import FillMaskHead

if TYPE_CHECKING:
    from torch import Tensor

    from harness.modeling.heads.base import Batch, HeadConfig

AUTO_CLASS = "AutoModelForMaskedLM"


def scores(model: Any, inputs: Batch, config: HeadConfig) -> Tensor:
    """(M, vocabulary) of the M tokens that are not padding."""
    del config
    logits: Tensor = model(**inputs).logits
    return logits[inputs["attention_mask"] == 1]


def example(use: Use) -> str:
    """Guess a masked token."""
    return f'''{loading(AUTO_CLASS, use)}

def guess(text, count=5):
    """The most probable tokens in the place of the first mask, with their probabilities."""
    inputs = tokenizer(text, truncation=True, max_length={use.hyper["max_length"]}, return_tensors="pt")
    place = inputs["input_ids"][0].tolist().index(tokenizer.mask_token_id)
    with torch.no_grad():
        best = model(**inputs).logits[0, place].softmax(-1).topk(count)
    return list(zip(tokenizer.convert_ids_to_tokens(best.indices.tolist()), best.values.tolist()))


print(guess(f"The house is {{tokenizer.mask_token}}."))
'''


def notes(use: Use) -> tuple[str, ...]:
    """Length and share of masks."""
    share = use.hyper.get("mask_probability")
    return (scored_length(use), *([f"{100 * share:g} % of the tokens were masked."] if share else []))


FORM = Form(
    auto_class=AUTO_CLASS,
    pipeline_tag="fill-mask",
    weights=FillMaskHead.pretrained_names,
    config=lambda _: {"tie_word_embeddings": True},
    scores=scores,
    example=example,
    notes=notes,
)
