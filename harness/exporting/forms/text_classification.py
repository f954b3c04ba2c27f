"""text-classification as a model that scores labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.exporting.forms import ELSEWHERE, POOLED, TANH, Form, Use, loading, scored_length

if TYPE_CHECKING:
    from torch import Tensor

    from harness.modeling.heads.base import Batch, HeadConfig

AUTO_CLASS = "AutoModelForSequenceClassification"


def scores(model: Any, inputs: Batch, config: HeadConfig) -> Tensor:
    """(B, labels)."""
    del config
    logits: Tensor = model(**inputs).logits
    return logits


def example(use: Use) -> str:
    """Label a text, or a pair of texts."""
    return f'''{loading(AUTO_CLASS, use)}

def classify(text, text_pair=None):
    """Probability of each label."""
    inputs = tokenizer(text, text_pair, truncation=True, max_length={use.hyper["max_length"]}, return_tensors="pt")
    with torch.no_grad():
        probabilities = model(**inputs).logits[0].softmax(-1)
    return {{model.config.id2label[i]: p for i, p in enumerate(probabilities.tolist())}}


print(classify("The house is old.", "The old house."))
'''


def notes(use: Use) -> tuple[str, ...]:
    """Length and order of the texts."""
    columns = [column for data in use.task.hub[:1] for column in data.columns if column not in data.labels]
    order = f": the dataset's columns, in their order, are {', '.join(columns)}" if columns else ""
    return (
        scored_length(use),
        f"Where the task is about pairs, the first text comes first{order}. The longer text is cut first.",
    )


def config(head: HeadConfig) -> Mapping[str, Any]:
    """The pooling of EuroBERT's class where its head was trained, the activation of DeBERTa's elsewhere."""
    return {"classifier_pooling": "late"} if head.settings.get("classifier_pooling") == "late" else TANH


FORM = Form(
    auto_class=AUTO_CLASS,
    pipeline_tag="text-classification",
    weights=(
        {"pooler.dense": "classifier.dense", "output": "classifier.out_proj"},
        {"dense": "dense", "output": "classifier"},
        *POOLED,
    ),
    config=config,
    instead={
        "eurobert": "train the task with --set classifier_pooling=late, the head that EuroBERT's class has; or "
        f"{ELSEWHERE}"
    },
    scores=scores,
    example=example,
    notes=notes,
)
