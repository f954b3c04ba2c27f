"""Records of schema 1, as versions before 0.2 wrote them, made into records of schema 2.

What the upgrade does, line by line:

- A run gets its `arms`, from the models that it has: a label that is the arm's name, the text that the run's settings
  have for it or else the name again, and phases without settings of their own. `against` is that of the settings.
- A model is known by its checkpoint's digest, no longer by one that counts arm and seed; models of the same checkpoint
  become one.
- Scores and measures get `at`, from their own fields and their model's arm and seed; a perturbation's name goes there,
  and its `transforms` and `changed` become fields of the score.
- `circumstance` becomes `environment`.

Nothing else changes: values, intervals and digests of runs, rows, phases and predictions are those that were written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.results.schema import ARM, LANGUAGE, PERTURBATION, SCHEMA, SEED, SPLIT, TASK

FIRST = 1

Line = Mapping[str, Any]


class Upgrade:
    """Makes lines of schema 1 into lines of schema 2, in the order of the file."""

    def __init__(self) -> None:
        self._models: dict[str, Line] = {}
        self._checkpoints: set[str] = set()

    def line(self, line: Line) -> dict[str, Any] | None:
        """A line, not yet checked; None for a model whose checkpoint an earlier line is about.

        Raises:
            KeyError: it lacks what a record of schema 1 has, or names a model that no line before it is about.
            TypeError, AttributeError: a part of it is of another type.
        """
        kind, result = line["record"], dict(line["result"])
        if kind == "run":
            # Arms are those of the models, which stand behind the run and are upgraded before it.
            settings = result["settings"]
            result["arms"] = [_with_text(arm, settings) for arm in self.arms]
            result["against"] = settings.get("against") or None
        elif kind == "model":
            self._models[result["digest"]] = result
            result = _model(result)
            if result["digest"] in self._checkpoints:
                return None
            self._checkpoints.add(result["digest"])
        elif kind in ("score", "measure"):
            result = _placed(result, self._models[result["model"]])
        return {"schema": SCHEMA, "record": kind, "result": result, "environment": line["circumstance"]}

    @property
    def arms(self) -> list[dict[str, Any]]:
        """The arms of the models so far."""
        return list({model["arm"]: _arm(model) for model in self._models.values()}.values())


def _arm(model: Line) -> dict[str, Any]:
    tasks = model["intermediate"]
    phases = [[name] for name in tasks] if model["mode"] == "sequential" else [tasks] if tasks else []
    return {"label": model["arm"], "text": model["arm"], "phases": [{"tasks": names} for names in phases]}


def _with_text(arm: dict[str, Any], settings: Line) -> dict[str, Any]:
    """An arm with the text that settings have for its label: a text, or a table that has it as `arm`."""
    asked = settings.get("arms", {}).get(arm["label"], arm["text"])
    return arm | {"text": asked if isinstance(asked, str) else asked["arm"]}


def _model(result: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in result.items() if name not in ("arm", "mode", "intermediate", "seed")}
    phases = [{name: value for name, value in phase.items() if name != "constant"} for phase in result["phases"]]
    return kept | {"digest": _checkpoint(result), "phases": phases}


def _checkpoint(model: Line) -> str:
    """Digest of a model's checkpoint: of its last phase, or of the model it starts from."""
    digest: str = model["phases"][-1]["digest"] if model["phases"] else model["start"]
    return digest


def _placed(result: dict[str, Any], model: Line) -> dict[str, Any]:
    """A score or measure with its coordinates."""
    at = {
        ARM: model["arm"],
        SEED: model["seed"],
        TASK: result.pop("task"),
        LANGUAGE: result.pop("language"),
        SPLIT: result.pop("split"),
    }
    if perturbation := result.pop("perturbation", None):
        at[PERTURBATION] = perturbation["name"]
        result |= {"transforms": perturbation["transforms"], "n_changed": perturbation["changed"]}
    return {"at": at, **result, "model": _checkpoint(model)}
