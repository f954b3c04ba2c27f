"""Which model a run starts from: a registered one, a Hugging Face directory, or a hub id."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import Settings
from harness.errors import SettingsError, UnknownName
from harness.integrity import finished_digest
from harness.modeling.shape import (
    TOKENIZER_FILES,
    check_encoder,
    has_tokenizer_files,
    tensors,
    weight_files,
)
from harness.modeling.towers import has_text_tower, refuse_two_towers
from harness.planning.data import Data
from harness.planning.digests import digest_of_directory
from harness.planning.stages.base import Checkpoint
from harness.planning.stages.models import Built, Given
from harness.planning.stages.towers import TextTower
from harness.registered import imported
from harness.registry import Registry

SIZES = {"hidden_size", "layers", "heads", "feed_forward", "vocabulary", "positions"}
"""Parameters of builders that say how large an encoder is; others mean what the builder says."""


def start_model(
    settings: Settings, registry: Registry, data: Data, tasks: tuple[str, ...], parameters: Mapping[str, Any]
) -> Checkpoint:
    """The model of the settings; a builder's tokenizer is trained on the training rows of `tasks`.

    Args:
        parameters: of the model that settings set, by dotted name.

    Raises:
        UnknownName: no model has that name and no directory is there.
    """
    entry = registry.models.get(settings.model)
    if entry and entry.build:
        own = {name.removeprefix("model."): value for name, value in parameters.items()}
        parameters = {**entry.parameters, **own, **entry.fixed}
        _check_parameters(parameters)
        # A builder that has a vocabulary reads no texts to make one.
        read = () if "vocabulary" in entry.fixed else sorted(tasks)
        texts = tuple((task, data.training(task).digest) for task in read)
        return Built(
            settings.model, entry.build, tuple(sorted(parameters.items())), texts, entry.version, entry.headless
        )
    place = located(settings.model, registry)
    return model_in(place.path, place.name)


def check_requirements(settings: Settings, registry: Registry) -> None:
    """Refuse a model that is made from a package which is not installed, before anything is read.

    Raises:
        UserError: so it is.
    """
    entry = registry.models.get(settings.model)
    if entry and entry.check:
        imported(entry.check)()


def _check_parameters(parameters: Mapping[str, Any]) -> None:
    """Refuse sizes of which no encoder can be built."""
    if not 0 <= parameters.get("dropout", 0) < 1:
        raise SettingsError(
            f"model.dropout = {parameters['dropout']} must be from 0 to below 1", code="value-out-of-range"
        )
    for name in SIZES & parameters.keys():
        if parameters[name] < 1:
            raise SettingsError(f"model.{name} = {parameters[name]} must be above 0", code="value-out-of-range")
    hidden, heads = parameters["hidden_size"], parameters["heads"]
    if hidden % heads:
        raise SettingsError(
            f"model.hidden_size = {hidden} is not a multiple of model.heads = {heads}",
            code="uneven-heads",
            fix="change one of them with --set",
        )


@dataclass(frozen=True)
class Place:
    """Where the files of a model are.

    Attributes:
        name: its hub id, where it has one.
    """

    path: Path
    name: str = ""


def located(name: str, registry: Registry) -> Place:
    """The directory of a model: itself, a hub id's, or that of the name of a registered model that is there.

    Args:
        name: with `@` and a revision behind, that commit, tag or branch of the hub's.

    Raises:
        UnknownName: no model has that name and no directory is there.
    """
    path = Path(name)
    if path.is_dir():
        return Place(path)
    entry = registry.models.get(name)
    if entry and entry.directory:
        return Place(imported(entry.directory)())
    short, _, revision = name.partition("@")
    hub_id = registry.models[short].hub if short in registry.models else short
    if hub_id.count("/") == 1 and not hub_id.startswith((".", "/", "~")):
        from harness.modeling.hub import snapshot

        return Place(snapshot(hub_id, revision), hub_id)
    raise UnknownName("model, and no directory,", name, registry.models)


def named_model(name: str, registry: Registry) -> Given:
    """The encoder that `located` finds.

    Raises:
        UnknownName: no model has that name and no directory is there.
        SettingsError: what is there is no encoder, or not all of one.
    """
    place = located(name, registry)
    return given_model(place.path, place.name)


def model_in(path: Path, name: str = "") -> Checkpoint:
    """The encoder of a directory: the model that it has, or what reads texts in a model of texts and images.

    Args:
        name: its hub id, where it has one.

    Raises:
        SettingsError: it has no encoder, or not all of one. Nothing large is read to find out.
    """
    if not has_text_tower(path):
        return given_model(path, name)
    _check_files(path, name)
    tower = TextTower(path, digest_of_directory(path))
    _ = tower.shape
    return tower


def given_model(path: Path, name: str = "") -> Given:
    """A model directory; one that a store built keeps the digest it has there.

    Args:
        name: its hub id, where it has one.

    Raises:
        SettingsError: what is there is no encoder, or not all of one. Nothing large is read to find out.
    """
    refuse_two_towers(path)
    check_encoder(path)
    _check_files(path, name)
    return Given(path, finished_digest(path) or digest_of_directory(path))


def _check_files(path: Path, name: str) -> None:
    """Refuse a directory without all files of weights, or without a tokenizer's."""
    for file in weight_files(path, name):
        tensors(file)
    _check_tokenizer(path)


def _check_tokenizer(path: Path) -> None:
    """Refuse a directory without tokenizer, or with one that only packages read which are not installed."""
    if has_tokenizer_files(path, TOKENIZER_FILES):
        return
    if not has_tokenizer_files(path):
        raise SettingsError(
            "the model has no tokenizer files, such as tokenizer.json",
            code="no-tokenizer-files",
            where=str(path),
            fix="save the tokenizer it was trained with there: tokenizer.save_pretrained(DIRECTORY)",
        )
    missing = [name for name in ("sentencepiece", "google.protobuf") if not _installed(name)]
    if missing:
        raise SettingsError(
            f"the model's tokenizer is a SentencePiece file, and {' and '.join(missing)} is not installed",
            code="package-missing",
            where=str(path),
            fix="pip install sentencepiece protobuf; or save a tokenizer.json there on a machine that has them: "
            "AutoTokenizer.from_pretrained(DIRECTORY).save_pretrained(DIRECTORY)",
        )


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # of the package that a module is in
        return False
