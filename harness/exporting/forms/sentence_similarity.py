"""sentence-similarity as an encoder that ends at the layer whose states are pooled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.exporting.forms import Form, Use, loading, scored_length
from harness.kinds.sentence_similarity import prefix_of

if TYPE_CHECKING:
    from torch import Tensor

    from harness.modeling.heads.base import Batch, HeadConfig

AUTO_CLASS = "AutoModel"


def scores(model: Any, inputs: Batch, config: HeadConfig) -> Tensor:
    """Sentences' vectors (B, H)."""
    states: Tensor = model(**inputs).last_hidden_state
    mask = inputs["attention_mask"][..., None]
    return states[:, 0] if config.pooling == "cls" else (states * mask).sum(1) / mask.sum(1)


def example(use: Use) -> str:
    """Compare sentences."""
    mean = "(states * mask).sum(1) / mask.sum(1)"
    prefix = prefix_of(use.hyper.get("text_prefix", ""))
    sentences = f"[{prefix!r} + sentence for sentence in sentences]" if prefix else "sentences"
    return f'''{loading(AUTO_CLASS, use)}

def embed(sentences):
    """A vector of each sentence."""
    inputs = tokenizer(
        {sentences}, truncation=True, max_length={use.hyper["max_length"]}, padding=True, return_tensors="pt"
    )
    with torch.no_grad():
        states = model(**inputs).last_hidden_state
    mask = inputs["attention_mask"][..., None]
    return {"states[:, 0]" if use.hyper.get("pooling") == "cls" else mean}


first, second = embed(["The house is old.", "An old house."])
print(torch.cosine_similarity(first, second, dim=0).item())
'''


def notes(use: Use) -> tuple[str, ...]:
    """Length, prefix, pooling and how vectors are compared."""
    prefix = prefix_of(use.hyper.get("text_prefix", ""))
    cls = use.hyper.get("pooling") == "cls"
    pooled = "the state of the first token" if cls else "the mean of the states of all tokens, special ones included"
    centred = "Before comparing, the mean of each side's vectors was subtracted."
    return (
        scored_length(use),
        *([f"Each sentence was read with {prefix!r} before it."] if prefix else []),
        f"A sentence's vector is {pooled}, in the last layer of this model; layers above it were left out.",
        f"Vectors were compared by {use.hyper.get('similarity', 'cosine')}.",
        *([centred] if use.hyper.get("centring") else []),
    )


FORM = Form(auto_class=AUTO_CLASS, pipeline_tag="sentence-similarity", scores=scores, example=example, notes=notes)
