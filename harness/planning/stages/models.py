"""The models that phases begin with: a directory, one that a builder makes, one with a smaller vocabulary."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from harness.errors import SettingsError, counted
from harness.hookspecs import hookimpl
from harness.modeling.shape import Shape, has_layers, read_config, read_shape, tokenizer_type
from harness.outside import read_json
from harness.planning.stages.base import Checkpoint, Stage, StageType
from harness.planning.stages.rows import Rows
from harness.registered import imported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.planning.store import Building
    from harness.planning.workbench import Workbench

ENCODING = (
    *("harness/rows.py", "harness/hyper.py", "harness/setting.py", "harness/kinds/*.py", "harness/kinds/search/*.py"),
    *("harness/modeling/tokenizer.py", "harness/modeling/vocabulary.py", "harness/modeling/shape.py"),
    "harness/modeling/checkpoints.py",
    *("harness/perturbations.py", "harness/planning/perturbed.py"),
    *(
        "harness/planning/data.py",
        "harness/planning/row_values.py",
        "harness/planning/stages/encoding.py",
        *("harness/planning/stages/images.py", "harness/planning/images.py"),
        "harness/planning/stages/models.py",
    ),
    *("harness/sources/files/*.py", "harness/sources/files/readers/*.py", "harness/sources/hub/*.py"),
)
"""What decides token ids: how rows are read, checked and encoded. Datasets' own modules have versions of their own."""


@dataclass(frozen=True)
class Given(Checkpoint):
    """A Hugging Face directory, used where it lies.

    Attributes:
        content: digest of its files, or its digest in the store if a store built it.
    """

    path: Path
    content: str
    kind: ClassVar[str] = "given"
    folder: ClassVar[str] = ""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Its content; no digest is made from it, since it is one."""
        return {"content": self.content}

    @functools.cached_property
    def digest(self) -> str:
        """Of its files."""
        return self.content

    def found(self, bench: Workbench) -> Path:
        """The directory."""
        del bench
        return self.path

    def build(self, bench: Workbench, out: Building) -> None:
        """Nothing is to be made."""
        del bench, out
        raise AssertionError("a given model is never built")

    def describe(self) -> str:
        """Where it lies."""
        return f"the model in {self.path}"

    @property
    def origin(self) -> Checkpoint:
        """Itself."""
        return self

    @functools.cached_property
    def shape(self) -> Shape:
        """Of its config.json and the headers of its files."""
        return read_shape(self.path)

    @property
    def architecture(self) -> str:
        """As its config.json says; empty if it does not."""
        return str(read_config(self.path).get("model_type", ""))

    @functools.cached_property
    def trimmed(self) -> bool:
        """Whether an earlier plan trimmed it."""
        from harness.modeling.vocabulary import FILE

        return (self.path / FILE).is_file()

    @functools.cached_property
    def tokenizer_type(self) -> str:
        """As its tokenizer.json says; of BERT's files without one, word pieces."""
        return tokenizer_type(self.path)

    @property
    def revision(self) -> str:
        """By the place that the hub's cache gives it."""
        from harness.modeling.hub import revision_of

        return revision_of(self.path)

    def head(self, task: str, labels: Sequence[str]) -> bool:
        """Whether the directory has a head for a task.

        Raises:
            SettingsError: it is one for other labels, or does not say which.
        """
        if not (self.path / f"head-{task}.safetensors").is_file():
            return False
        file = self.path / "heads.json"
        try:
            saved = read_json(file)[task]["labels"]
        except (OSError, ValueError, LookupError, TypeError):
            raise SettingsError(
                f"nothing says which labels the head of {task} has",
                code="labels-of-head-unknown",
                where=str(file),
                fix=f"copy the checkpoint anew, or move head-{task}.safetensors away and have a head trained",
            ) from None
        if list(labels) != saved:
            raise SettingsError(
                f"the head of {task} has the labels {', '.join(saved) or 'none'}, the task "
                f"{', '.join(labels) or 'none'}",
                code="labels-of-head-differ",
                where=str(file),
                fix=f"score it on data with its own labels, or move head-{task}.safetensors away and have one trained",
            )
        return True

    def lacks(self, names: Sequence[Mapping[str, str]]) -> bool:
        """Whether no file has tensors for all layers of any family."""
        return bool(names) and not any(has_layers(self.path, family.values()) for family in names)


@dataclass(frozen=True)
class Built(Checkpoint):
    """A model that a builder makes from parameters and the run's training texts.

    Attributes:
        builder: import path of the builder, "module:function".
        texts: (task, rows digest) of the training rows whose texts the tokenizer is trained on.
        builder_version: enters the digest where it is not 1.
        headless: whether the builder writes no head for masked tokens.
    """

    name: str
    builder: str
    parameters: tuple[tuple[str, Any], ...]
    texts: tuple[tuple[str, str], ...]
    builder_version: int = 1
    headless: bool = False
    kind: ClassVar[str] = "built"
    folder: ClassVar[str] = "model"
    version: ClassVar[int] = 2
    code: ClassVar[tuple[str, ...]] = (
        *ENCODING,
        *("harness/modeling/scratch.py", "harness/modeling/e5/*.py", "harness/modeling/use/*.py"),
    )

    @property
    def inputs(self) -> dict[str, Any]:
        """The builder, its parameters and its texts."""
        inputs = {"build": self.builder, "parameters": dict(self.parameters), "texts": [list(t) for t in self.texts]}
        return inputs if self.builder_version == 1 else {**inputs, "builder_version": self.builder_version}

    def build(self, bench: Workbench, out: Building) -> None:
        """Have the builder write a Hugging Face directory."""
        texts = (
            text
            for task, _ in self.texts
            for row in bench.data.training(task).rows
            for text in bench.kind(task).texts(row)
        )
        imported(self.builder)(out.directory, texts, dict(self.parameters))

    def describe(self) -> str:
        """Its name and what its tokenizer was trained on."""
        texts = ", ".join(task for task, _ in self.texts)
        return f"{self.name}, built from texts of {texts}" if texts else f"the model {self.name}"

    @property
    def origin(self) -> Checkpoint:
        """Itself."""
        return self

    @property
    def architecture(self) -> str:
        """An architecture of this program has the name of the model that is built with it."""
        return self.name

    @property
    def shape(self) -> Shape:
        """Of the builder's parameters; the number of weights is an estimate."""
        values = dict(self.parameters)
        hidden, layers = values["hidden_size"], values["layers"]
        block = hidden * (4 * hidden + 2 * values["feed_forward"])
        weights = (values["vocabulary"] + values["positions"]) * hidden + layers * block
        return Shape(hidden, layers, values["positions"] - 2, weights, values["vocabulary"], estimated=True)

    def lacks(self, names: Sequence[Mapping[str, str]]) -> bool:
        """As is registered of the builder."""
        return bool(names) and self.headless


@dataclass(frozen=True)
class Trimmed(Checkpoint):
    """A model without the tokens that some rows do not have.

    Attributes:
        of: the model that it is cut from.
        rows: the rows whose tokens are kept.
    """

    of: Checkpoint
    rows: tuple[Rows, ...]
    kind: ClassVar[str] = "trimmed"
    folder: ClassVar[str] = "model"
    version: ClassVar[int] = 2
    code: ClassVar[tuple[str, ...]] = ENCODING

    def parents(self) -> Mapping[str, Stage]:
        """The model that it is cut from."""
        return {"model": self.of}

    @property
    def inputs(self) -> dict[str, Any]:
        """The whole model and the rows as they are encoded."""
        return {"model": self.of.digest, "tokens_of": [rows.encoding for rows in self.rows]}

    def build(self, bench: Workbench, out: Building) -> None:
        """Write the model with fewer rows in its embeddings."""
        import numpy as np

        from harness.modeling import vocabulary

        model = self.of.obtain(bench)
        encoder = bench.text_encoder(model)
        used: set[int] = set()
        for rows in self.rows:
            features = bench.kind(rows.task).encode(bench.data.of(rows).rows, rows.labels, encoder, rows.hyper)
            used |= set(np.unique(features.ids).tolist())
        kept = vocabulary.trim(model, out.directory, used, encoder, digest=self.of.digest)
        out.facts |= {"tokens_kept": kept, "tokens": vocabulary.whole_size(model)}

    def describe(self) -> str:
        """What is done to which model."""
        return f"{self.of.describe()}, with the tokens of {counted(len(self.rows), 'set')} of rows"

    @property
    def origin(self) -> Checkpoint:
        """Itself: phases know its tokens only."""
        return self

    @property
    def whole(self) -> Checkpoint:
        """The model that it is cut from."""
        return self.of.whole

    @property
    def shape(self) -> Shape:
        """Of the whole model: how many tokens are kept is known once it is built."""
        return self.of.shape

    @property
    def architecture(self) -> str:
        """Of the whole model."""
        return self.of.architecture

    @property
    def trimmed(self) -> bool:
        """It is."""
        return True

    @property
    def tokens_of(self) -> tuple[Rows, ...]:
        """The rows whose tokens are kept."""
        return self.rows

    @property
    def tokenizer_type(self) -> str:
        """Of the whole model."""
        return self.of.tokenizer_type

    @property
    def revision(self) -> str:
        """Of the whole model."""
        return self.of.revision

    def head(self, task: str, labels: tuple[str, ...]) -> bool:
        """Whether the whole model brings one."""
        return self.of.head(task, labels)

    def lacks(self, names: Sequence[Mapping[str, str]]) -> bool:
        """As the whole model."""
        return self.of.lacks(names)


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register these stages."""
    register(StageType(name=Given.kind, stage=Given, description="a model directory, used where it lies"))
    register(StageType(name=Built.kind, stage=Built, description="a model that a builder makes"))
    register(StageType(name=Trimmed.kind, stage=Trimmed, description="a model with a smaller vocabulary"))
