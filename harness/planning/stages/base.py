"""What a stage is: a unit of work that names its parents, builds itself, and is known by a digest of its inputs."""

from __future__ import annotations

import functools
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.errors import UserError, in_words
from harness.integrity import checked
from harness.planning.digests import digest_of

if TYPE_CHECKING:
    from pathlib import Path

    from harness.modeling.shape import Shape
    from harness.planning.stages.rows import Rows
    from harness.planning.stages.training import Trained
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench
    from harness.registry import Registry


FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Cost:
    """What building a stage takes, roughly.

    Attributes:
        rows: training rows.
        steps: optimiser steps.
        tokens: real tokens that go through the model.
        checkpoints: how many copies of the model it writes.
    """

    rows: int = 0
    steps: int = 0
    tokens: float = 0.0
    checkpoints: int = 0


class Stage(ABC):
    """A unit of work of a plan; subclasses are frozen dataclasses, whose fields are other stages and parameters.

    Whatever is heavy is imported inside `build`, so that planning stays light.
    """

    kind: ClassVar[str]
    """Its name among stages."""

    folder: ClassVar[str]
    """Its folder in the store, and the first part of what its digest is made from; stages may share one."""

    version: ClassVar[int] = 1
    """Raised by hand when the code of the stage computes something else; then nothing stored before is used."""

    loads_model: ClassVar[bool] = False
    """Whether building it takes a loaded model; what it is made from is made before one is loaded."""

    can_be_let_go: ClassVar[bool] = False
    """Whether a run may delete the result once all is stored that is made from it; see `keep` of the settings."""

    code: ClassVar[tuple[str, ...]] = ()
    """Modules whose code decides the result, as patterns of paths in the project; a test watches them."""

    @property
    def encodes(self) -> tuple[Rows, ...]:
        """The rows that it makes token ids of by itself, not by way of its parents."""
        return ()

    def parents(self) -> Mapping[str, Stage]:
        """The stages that this one is built from, by what they are to it. They are made first."""
        return {}

    @property
    @abstractmethod
    def inputs(self) -> Mapping[str, Any]:
        """What the digest is made from: parameters, and digests of the parents that decide the result. JSON."""

    def with_head_of(self, checkpoint: Checkpoint) -> Stage:
        """The same by a checkpoint's head of a task, of a stage that uses such a head and does not say of which one."""
        del checkpoint
        return self

    @abstractmethod
    def build(self, bench: Workbench, out: Building) -> None:
        """Put the result into `out.directory`, and what is worth knowing of it into `out.facts`."""

    def check(self, bench: Workbench) -> None:
        """Refuse what is sure to fail, as far as that can be told before anything is made.

        Raises:
            UserError: it cannot be built.
        """
        del bench

    @abstractmethod
    def describe(self) -> str:
        """What it is, in a few words for people."""

    def cost(self, bench: Workbench) -> Cost | None:
        """What building it takes; None if that is not worth telling."""
        del bench
        return None

    @property
    def holder(self) -> Stage:
        """The stage in whose folder of the store the result lies."""
        return self

    @functools.cached_property
    def digest(self) -> str:
        """Of everything that can change the result."""
        return digest_of(self.folder, self.version, self.inputs)

    @property
    def key(self) -> str:
        """Tells the stage from others of a plan: its digest, or what stands for it until that can be known."""
        return f"{self.folder}/{self.digest}"

    def digest_in(self, bench: Workbench) -> str:
        """The digest, for stages that know it only once a parent is built, too."""
        del bench
        return self.digest

    def is_known(self, bench: Workbench) -> bool:
        """Whether its digest can be told now, with nothing built for that."""
        del bench
        return True

    def found(self, bench: Workbench) -> Path | None:
        """Where the finished result lies; None as long as it is not there."""
        return bench.store.found(self.folder, self.digest_in(bench))

    def obtain(self, bench: Workbench) -> Path:
        """Where the finished result lies; it is made now if need be, after its parents.

        Raises:
            StoreError: the disk is full or cannot be written, or files of the finished result have changed.
        """
        found = self.found(bench)
        if found is not None:
            # What lies outside the store is known by its content.
            return checked(found) if self.folder else found
        parents = self.parents()
        for parent in parents.values():
            parent.obtain(bench)
        return bench.store.build(
            self.folder,
            self.digest_in(bench),
            functools.partial(self._build_something, bench),
            inputs=self.inputs_in(bench),
            about=self.describe(),
            parents={
                name: {"folder": parent.holder.folder, "digest": parent.holder.digest_in(bench)}
                for name, parent in parents.items()
                if parent.holder.folder
            },
        )

    def _build_something(self, bench: Workbench, out: Building) -> None:
        """Build the result, and refuse an empty one, which whatever is made from it would take for one.

        Raises:
            UserError: `build` has put nothing into the directory.
        """
        told = self._told(bench)
        bench.life.stage_started(stage=told)
        started = time.perf_counter()
        try:
            self.build(bench, out)
            if not any(out.directory.iterdir()):
                raise UserError(
                    f"the stage {self.kind} ({self.describe()}) has written no result",
                    code="stage-without-result",
                    fix="let `build` write at least one file into `out.directory`; `out.facts` alone are no result",
                )
        except Exception as error:
            bench.life.stage_failed(stage=told | {"error": in_words(error)})
            raise
        bench.life.stage_finished(stage=told | {"seconds": time.perf_counter() - started})

    def advanced(self, bench: Workbench, done: int, total: int) -> None:
        """Tell how far it is, while it is built."""
        bench.life.stage_advanced(stage=self._told(bench) | {"done": done, "total": total})

    def _told(self, bench: Workbench) -> dict[str, Any]:
        return {"kind": self.kind, "digest": self.digest_in(bench), "about": self.describe()}

    def inputs_in(self, bench: Workbench) -> Mapping[str, Any]:
        """The inputs, for stages that know them only once a parent is built, too."""
        del bench
        return self.inputs


@dataclass(frozen=True, kw_only=True)
class StageType:
    """A class of stages as plugins register it.

    Attributes:
        name: the class's `kind`.
        description: what its results are, in a few words.
    """

    name: str
    stage: type[Stage]
    description: str


def check_folder(added: StageType, others: Mapping[str, StageType], _registry: Registry) -> None:
    """Refuse a class whose results could be taken for another plugin's.

    Raises:
        UserError: its folder is another plugin's, or a third party's does not begin with the name of its package.
    """
    if not (isinstance(added.stage, type) and issubclass(added.stage, Stage)):
        raise UserError(
            f"is {added.stage!r}, which is no class of stages",
            code="stage-of-no-class",
            fix="give a subclass of harness.Stage",
        )
    package = added.stage.__module__.partition(".")[0]
    folder = added.stage.folder
    if folder and not FOLDER.fullmatch(folder):
        raise UserError(
            f"stores its results in the folder {folder!r}, whose name has more than letters, digits, '.', '_' and '-'",
            code="stage-folder-unnamed",
            fix=f'name it after the package: folder = "{package}.{added.name}"',
        )
    if package != "harness" and not folder.startswith(f"{package}."):
        raise UserError(
            f"stores its results in the folder {folder!r}",
            code="stage-folder-unnamed",
            fix=f'begin it with the name of the package: folder = "{package}.{folder}"',
        )
    for other in others.values() if package != "harness" else ():
        if getattr(other.stage, "folder", None) == folder and other.stage.__module__ != added.stage.__module__:
            raise UserError(
                f"stores its results in the folder of {other.name!r}",
                code="stage-folder-taken",
                fix="give it a folder of its own",
            )


class Checkpoint(Stage):
    """An encoder in a Hugging Face directory that a phase or a prediction can start from."""

    @property
    @abstractmethod
    def origin(self) -> Checkpoint:
        """The model that its chain of phases began with; a model that no phase has trained is its own."""

    @property
    def phases(self) -> tuple[Trained, ...]:
        """The phases that led to it, first to last."""
        return ()

    @property
    def chain(self) -> tuple[Checkpoint, ...]:
        """The checkpoints that led to it, each with a result of its own in the store, and itself; the origin first."""
        return (self,)

    @property
    def rounded(self) -> bool:
        """Whether it is another checkpoint with rounded weights."""
        return False

    @property
    def whole(self) -> Checkpoint:
        """The model that its chain began with, before its vocabulary was trimmed."""
        return self.origin

    @property
    @abstractmethod
    def shape(self) -> Shape:
        """The encoder's sizes; before trimming, if its vocabulary is trimmed."""

    @property
    @abstractmethod
    def architecture(self) -> str:
        """The type of the encoder, as its config.json calls it."""

    @property
    def trimmed(self) -> bool:
        """Whether its vocabulary has fewer tokens than its tokenizer."""
        return False

    @property
    def tokens_of(self) -> tuple[Rows, ...]:
        """The rows whose tokens were kept when a plan trimmed the vocabulary."""
        return ()

    @property
    def revision(self) -> str:
        """The commit of a model of the hub; empty for others."""
        return ""

    @property
    def tokenizer_type(self) -> str:
        """What the `tokenizers` library calls the model of its tokenizer, such as "WordPiece"; "" if not known."""
        return ""

    def head(self, task: str, labels: tuple[str, ...]) -> bool:
        """Whether it brings a head for a task.

        Args:
            labels: of the task; refused if the head was trained with others and the stage can tell.
        """
        del task, labels
        return False

    def lacks(self, names: Sequence[Mapping[str, str]]) -> bool:
        """Whether it is known that its own files have no head with layers of these names.

        Args:
            names: for each family of architectures, what it calls the head's layers.
        """
        del names
        return False


class Descendant(Checkpoint):
    """A checkpoint that training made of another one: what training does not change is as before."""

    @property
    @abstractmethod
    def before(self) -> Checkpoint:
        """The checkpoint that it was made of, or whose chain it is one of."""

    @property
    def origin(self) -> Checkpoint:
        """As before."""
        return self.before.origin

    @property
    def chain(self) -> tuple[Checkpoint, ...]:
        """As before, and itself."""
        return (*self.before.chain, self)

    @property
    def whole(self) -> Checkpoint:
        """As before."""
        return self.before.whole

    @property
    def shape(self) -> Shape:
        """As before."""
        return self.before.shape

    @property
    def architecture(self) -> str:
        """As before."""
        return self.before.architecture

    @property
    def trimmed(self) -> bool:
        """As before."""
        return self.before.trimmed

    @property
    def revision(self) -> str:
        """As before."""
        return self.before.revision


def stages_of(*wanted: Stage, there: Callable[[Stage], bool] = lambda _: False) -> Iterator[Stage]:
    """Stages and all that they are built from, each once and after its parents.

    Args:
        there: whether a stage need not be built: it is left out, and so is what only such stages are built from.
    """
    seen: set[str] = set()

    def visit(stage: Stage) -> Iterator[Stage]:
        if stage.key not in seen:
            seen.add(stage.key)
            if there(stage):
                return
            for parent in stage.parents().values():
                yield from visit(parent)
            yield stage

    for stage in wanted:
        yield from visit(stage)
