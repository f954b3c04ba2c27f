"""A checkpoint with one head as a directory that transformers loads, and proof that it computes the same."""

from __future__ import annotations

import contextlib
import copy
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers

from harness.errors import UserError
from harness.exporting.forms import ELSEWHERE
from harness.exporting.tokenizer import write_tokenizer
from harness.kinds.features import IGNORED
from harness.modeling.checkpoints import LOCAL, has_pooler_switch, load_encoder, quiet
from harness.modeling.model import TaskModel
from harness.modeling.shape import OWN_ENCODERS

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.exporting.forms import Form
    from harness.modeling.heads.base import Batch, Head

TOLERANCE = 1e-5
"""Largest difference of two scores that are the same but for rounding, as a part of the largest score above 1."""

LENGTH = 8
"""Tokens of the longest sequence that both models score."""


class NotTheSame(UserError):
    """A model that transformers has no class for, or whose class computes something else."""


def write_model(checkpoint: Path, head: Head, form: Form, output: Path) -> None:
    """Write config.json, weights and tokenizer files, and compare what transformers makes of them.

    Args:
        checkpoint: a Hugging Face directory with the encoder and the tokenizer.
        head: of the task, weights included.
        output: an existing, empty directory.

    Raises:
        NotTheSame: the architecture has no class for the kind, or one with other layers or other scores.
    """
    encoder, _ = load_encoder(checkpoint)
    with quiet(), _refused(form, encoder):
        _converted(encoder, head, form).save_pretrained(output)
        loaded = getattr(transformers, form.auto_class).from_pretrained(
            output, dtype=torch.float32, use_safetensors=True, **LOCAL, **load_options(output, form)
        )
        difference, allowed = _difference(encoder, head, loaded, form)
    if not difference <= allowed:
        raise NotTheSame(
            f"the scores of {type(loaded).__name__} differ by {difference:.2g} from those of the trained model",
            code="export-computes-otherwise",
            where=str(checkpoint),
            fix=ELSEWHERE,
        )
    for path in output.glob("*.safetensors"):
        # Weights are written for their owner's eyes only.
        shutil.copymode(output / "config.json", path)
    with quiet():
        write_tokenizer(checkpoint, output)


@contextlib.contextmanager
def _refused(form: Form, encoder: PreTrainedModel) -> Iterator[None]:
    """Turns whatever transformers says of an architecture that cannot be cut or built this way into a refusal."""
    try:
        yield
    except (OSError, UserError):
        raise
    except Exception as error:
        what = " ".join(str(error).split())[:300]
        raise NotTheSame(
            f"{form.auto_class} does not take a model of type {encoder.config.model_type}: {what}",
            code="export-not-possible",
            fix=ELSEWHERE,
        ) from error


def load_options(directory: Path, form: Form) -> dict[str, Any]:
    """Arguments of `from_pretrained` beside the directory: none, but for encoders whose pooler was left out."""
    config = transformers.AutoConfig.from_pretrained(directory, **LOCAL)
    model_class = transformers.AutoModel._model_mapping[type(config)]
    left_out = form.auto_class == "AutoModel" and not any(form.weights)
    return {"add_pooling_layer": False} if left_out and has_pooler_switch(model_class) else {}


def _converted(encoder: PreTrainedModel, head: Head, form: Form) -> PreTrainedModel:
    """The class of transformers with the weights of encoder and head."""
    config = _config(encoder, head, form)
    auto_class = getattr(transformers, form.auto_class)
    if config.model_type in OWN_ENCODERS or type(config) not in auto_class._model_mapping:
        what = form.auto_class.removeprefix("AutoModel") or "encoder"
        raise NotTheSame(
            f"transformers has no {what} of {config.model_type}", code="export-not-possible", fix=_elsewhere(form)
        )
    with torch.random.fork_rng(devices=[]):
        model: PreTrainedModel = auto_class.from_config(config)
    base: Any = model.base_model
    if form.auto_class == "AutoModel" and not any(form.weights) and hasattr(base, "pooler"):
        base.pooler = None
    prefix = "" if base is model else f"{model.base_model_prefix}."
    parameters = dict(model.named_parameters(remove_duplicate=False))
    weights = {f"{prefix}{name}": tensor for name, tensor in encoder.state_dict().items()}
    lost = weights.keys() - model.state_dict().keys()
    if not lost or head.hidden_layer is not None:
        weights = {name: tensor for name, tensor in weights.items() if name not in lost}
        for names in form.weights:
            of_head = _renamed(head, names, form, model.base_model_prefix)
            if of_head.keys() <= parameters.keys() and _fits(weights | of_head, parameters):
                model.load_state_dict(weights | of_head, strict=False)
                return model
    raise NotTheSame(
        f"{type(model).__name__} has other layers than the head that was trained",
        code="export-not-possible",
        fix=form.instead.get(config.model_type) or _elsewhere(form),
    )


def _config(encoder: PreTrainedModel, head: Head, form: Form) -> Any:
    config = copy.deepcopy(encoder.config)
    config.dtype = torch.float32
    for name, value in form.config(head.config).items():
        if hasattr(config, name):
            setattr(config, name, value)
    if head.config.labels:
        config.id2label = dict(enumerate(head.config.labels))
        config.label2id = {label: i for i, label in enumerate(head.config.labels)}
    if head.hidden_layer is not None:
        config.num_hidden_layers = head.hidden_layer
    return config


def _renamed(head: Head, names: Mapping[str, str], form: Form, base: str) -> dict[str, torch.Tensor]:
    """The head's weights by the names of one family of architectures; a layer it does not name keeps its own."""
    found = {}
    for name, tensor in head.state_dict().items():
        if name not in form.left_out:
            ours = next((one for one in names if name == one or name.startswith(f"{one}.")), name)
            found[names.get(ours, ours).format(base=base) + name[len(ours) :]] = tensor
    return found


def _fits(weights: Mapping[str, torch.Tensor], parameters: Mapping[str, torch.Tensor]) -> bool:
    """Whether the weights are all of a model's parameters, in their shapes; buffers need not be among them."""
    known = {name: tensor for name, tensor in weights.items() if name in parameters}
    given = {id(parameters[name]) for name in known}
    return all(id(parameter) in given for parameter in parameters.values()) and all(
        tensor.shape == parameters[name].shape for name, tensor in known.items()
    )


def _difference(encoder: PreTrainedModel, head: Head, theirs: Any, form: Form) -> tuple[float, float]:
    """The largest difference of the scores of some sequences, and how much it may be."""
    task = head.config.task
    ours = TaskModel(encoder, {task: head}).eval()
    batch = _sequences(encoder.config)
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if ours.token_types else [])]
    with torch.no_grad():
        wanted = ours(task, batch, scores=True).float()
        found = form.scores(theirs.eval(), {name: batch[name] for name in names}, head.config)
    if found.shape != wanted.shape:
        return torch.inf, TOLERANCE
    real = wanted.isfinite()
    largest = float(wanted[real].abs().max())
    return float((wanted - found)[real].abs().max()), TOLERANCE * max(1.0, largest)


def _sequences(config: Any) -> Batch:
    """Four sequences of different lengths, pairs where the encoder tells texts apart, each a choice and all masked."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(config.vocab_size, (4, LENGTH), generator=generator)
    pad = config.pad_token_id or 0
    ids[ids == pad] = pad + 1 if pad + 1 < config.vocab_size else pad - 1
    lengths = torch.tensor([LENGTH, LENGTH - 1, LENGTH - 2, LENGTH - 3])
    real = torch.arange(LENGTH) < lengths[:, None]
    return {
        "input_ids": ids.where(real, pad),
        "attention_mask": real.long(),
        "token_type_ids": ((torch.arange(LENGTH) >= 3) & real).long(),
        "unit_sizes": torch.tensor([4]),
        "target": ids.where(real, IGNORED),
    }


def _elsewhere(form: Form) -> str:
    return f"{ELSEWHERE}; {form.auto_class} takes models that started from XLM-R, RoBERTa or BERT"
