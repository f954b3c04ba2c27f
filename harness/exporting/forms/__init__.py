"""How a model of each kind is written for transformers: one module a kind, found by its name, with a `FORM`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor

    from harness.modeling.heads.base import Batch, HeadConfig
    from harness.tasks import Task


@dataclass(frozen=True, kw_only=True)
class Use:
    """What examples and notes of a model card are made from.

    Attributes:
        hyper: hyper-parameters that rows of the task were encoded and outputs decoded with, by name.
        options: arguments of `from_pretrained` behind the model's place, such as ", add_pooling_layer=False".
    """

    task: Task
    hyper: Mapping[str, Any]
    options: str = ""


@dataclass(frozen=True, kw_only=True)
class Form:
    """A kind's class of transformers, and how its head becomes part of it.

    Attributes:
        auto_class: name of the class that loads it.
        pipeline_tag: the hub's name of what the model does.
        weights: for each family of architectures, the head's layers by the names they have there; `{base}` stands for
            the encoder's name.
        left_out: weights of the head that only training needs.
        config: settings of config.json that make the architecture compute what the head does, where it has them.
        instead: of an architecture whose class has another head, how to come by a model that can be written.
        scores: the head's scores from a model and B sequences of L tokens: `input_ids`, `attention_mask` and, where
            the model has types, `token_type_ids`, (B, L) each.
        example: Python that loads the model and uses it.
        notes: what else there is to know about inputs and outputs, a sentence each.
    """

    auto_class: str
    pipeline_tag: str
    weights: tuple[Mapping[str, str], ...] = ({},)
    left_out: tuple[str, ...] = ()
    config: Callable[[HeadConfig], Mapping[str, Any]] = lambda _: {}
    instead: Mapping[str, str] = field(default_factory=dict)
    scores: Callable[[Any, Batch, HeadConfig], Tensor]
    example: Callable[[Use], str]
    notes: Callable[[Use], tuple[str, ...]]


POOLED: tuple[Mapping[str, str], ...] = (
    {"pooler.dense": "{base}.pooler.dense", "output": "classifier"},
    {"pooler.dense": "{base}.pooler", "output": "classifier"},
    {"pooler.dense": "pooler.dense", "output": "classifier"},
)
"""A pooler and a linear layer: BERT's and XLM-R's, ALBERT's, DeBERTa's."""

ELSEWHERE = "use it here: `xharness eval --checkpoint DIRECTORY`"
"""What can be done with a model that cannot be written for transformers."""

TANH = {"pooler_hidden_act": "tanh"}
"""Makes DeBERTa's pooler that of BERT."""


def find_form(kind: str) -> Form:
    """The form of a kind.

    Raises:
        UserError: there is none.
    """
    known = {module.name for module in pkgutil.iter_modules(__path__)}
    name = kind.replace("-", "_")
    if name not in known:
        shown = ", ".join(sorted(one.replace("_", "-") for one in known))
        raise UserError(
            f"models of kind {kind} cannot be exported",
            code="export-not-possible",
            fix=f"transformers has a class here for {shown}; of others, AutoModel reads the encoder, without the head, "
            "in the checkpoint's own directory below store/train",
        )
    form: Form = importlib.import_module(f"{__name__}.{name}").FORM
    return form


def loading(auto_class: str, use: Use) -> str:
    """The first lines of an example, which load tokenizer and model."""
    return f"""\
import torch
from transformers import {auto_class}, AutoTokenizer

place = "."  # the directory of this file, or its name on the hub
tokenizer = AutoTokenizer.from_pretrained(place)
model = {auto_class}.from_pretrained(place{use.options}).eval()
"""


def scored_length(use: Use) -> str:
    """How long inputs were in training and scoring, in words."""
    return f"Inputs were cut to {use.hyper['max_length']} tokens, special ones included, in training and scoring."
