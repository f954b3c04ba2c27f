"""multiple-choice as a model that scores choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.exporting.forms import POOLED, TANH, Form, Use, loading, scored_length

if TYPE_CHECKING:
    from torch import Tensor

    from harness.modeling.heads.base import Batch, HeadConfig

AUTO_CLASS = "AutoModelForMultipleChoice"


def scores(model: Any, inputs: Batch, config: HeadConfig) -> Tensor:
    """(1, B): all sequences as the choices of one question."""
    del config
    logits: Tensor = model(**{name: tensor[None] for name, tensor in inputs.items()}).logits
    return logits


def example(use: Use) -> str:
    """Choose among answers."""
    return f'''{loading(AUTO_CLASS, use)}

def choose(context, question, choices):
    """Probability of each choice."""
    stems = [f"{{context}} {{question}}".strip()] * len(choices)
    inputs = tokenizer(
        stems, choices, truncation=True, max_length={use.hyper["max_length"]}, padding=True, return_tensors="pt"
    )
    with torch.no_grad():
        logits = model(**{{name: tensor[None] for name, tensor in inputs.items()}}).logits[0]
    return logits.softmax(-1).tolist()


print(choose("The ground is wet.", "What was the cause?", ["It rained.", "The sun shone."]))
'''


def notes(use: Use) -> tuple[str, ...]:
    """Length and order of the texts."""
    return (
        scored_length(use),
        "Each choice is one sequence: context and question, joined by a blank, then the choice as the second text. "
        "The longer text is cut first.",
    )


FORM = Form(
    auto_class=AUTO_CLASS,
    pipeline_tag="multiple-choice",
    weights=POOLED,
    config=lambda _: TANH,
    scores=scores,
    example=example,
    notes=notes,
)
