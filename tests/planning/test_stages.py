"""What all stages share: where their results may lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from harness.planning.stages.base import Stage, StageType, check_folder
from harness.planning.stages.models import Built, Given, Trimmed
from harness.registry import default_registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Mapping

REGISTRY = default_registry()


def stage_type(stage: type[Stage]) -> StageType:
    return StageType(name=stage.kind, stage=stage, description="")


def foreign(folder: str) -> type[Stage]:
    """A class of stages as a third party's package would have it."""

    class Words(Built):
        kind: ClassVar[str] = "words"

    Words.folder = folder
    Words.__module__ = "their_package.stages"
    return Words


def test_stages_of_one_module_may_share_a_folder() -> None:
    check_folder(stage_type(Trimmed), {"built": stage_type(Built)}, REGISTRY)


@pytest.mark.parametrize("folder", ["words", "model", "their_packages.words", "../x", "their_package./../x"])
def test_a_folder_begins_with_the_package_of_the_plugin(folder: str) -> None:
    with raises_code("stage-folder-unnamed", folder):
        check_folder(stage_type(foreign(folder)), {}, REGISTRY)
    check_folder(stage_type(foreign("their_package.words")), {"built": stage_type(Built)}, REGISTRY)


def test_a_folder_belongs_to_one_plugin() -> None:
    mine = stage_type(foreign("their_package.words"))
    other = foreign("their_package.words")
    other.__module__ = "their_package.others"
    with raises_code("stage-folder-taken", "words"):
        check_folder(mine, {"others": stage_type(other)}, REGISTRY)


def test_a_given_model_is_found_where_it_lies_and_never_built(tmp_path: object) -> None:
    model = Given(tmp_path, "0" * 16)  # type: ignore[arg-type]
    assert model.digest == "0" * 16
    nothing: Mapping[str, Stage] = {}
    assert model.parents() == nothing
    assert model.found(None) is tmp_path  # type: ignore[arg-type]


def test_a_built_in_keeps_its_folder_whoever_else_wants_it() -> None:
    check_folder(stage_type(Trimmed), {"theirs": stage_type(foreign("model"))}, None)  # type: ignore[arg-type]


def test_a_class_that_is_none_of_stages_is_refused() -> None:
    with raises_code("stage-of-no-class", "dict"):
        check_folder(StageType(name="x", stage=dict, description=""), {}, None)  # type: ignore[arg-type]
