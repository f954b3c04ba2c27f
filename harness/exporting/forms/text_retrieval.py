"""text-retrieval as an encoder whose pooled first token is a text's vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.exporting.forms import Form, Use, loading

if TYPE_CHECKING:
    from torch import Tensor

    from harness.modeling.heads.base import Batch, HeadConfig

AUTO_CLASS = "AutoModel"


def scores(model: Any, inputs: Batch, config: HeadConfig) -> Tensor:
    """Vectors of length 1 (B, H)."""
    del config
    pooled: Tensor = model(**inputs).pooler_output
    length: Tensor = pooled.norm(dim=-1, keepdim=True)
    return pooled / length


def example(use: Use) -> str:
    """Find the candidate of a query."""
    return f'''{loading(AUTO_CLASS, use)}

def embed(texts, max_length):
    """A vector of length 1 of each text."""
    inputs = tokenizer(texts, truncation=True, max_length=max_length, padding=True, return_tensors="pt")
    with torch.no_grad():
        return torch.nn.functional.normalize(model(**inputs).pooler_output, dim=-1)


queries = embed(["Where does Ada live?"], max_length={query_length(use)})
candidates = embed(["Ada lives in London.", "The house is old."], max_length={use.hyper["max_length"]})
print((queries @ candidates.T).tolist())
'''


def query_length(use: Use) -> int:
    """Most tokens of a query."""
    return min(int(use.hyper["max_query_length"]), int(use.hyper["max_length"]))


def notes(use: Use) -> tuple[str, ...]:
    """Lengths, and what a vector is."""
    return (
        f"Queries were cut to {query_length(use)} tokens and candidates to {use.hyper['max_length']}, special ones "
        "included.",
        "A text's vector is `pooler_output` divided by its length; candidates are ranked by their dot product with "
        "the query.",
    )


FORM = Form(
    auto_class=AUTO_CLASS,
    pipeline_tag="sentence-similarity",
    weights=({"pooler.dense": "pooler.dense"}, {"pooler.dense": "pooler"}),
    left_out=("scale",),
    scores=scores,
    example=example,
    notes=notes,
)
