"""A document of Every Eval Ever: what a checkpoint scored, with what it was scored on and by what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from harness.every_eval_ever.evaluations import UNKNOWN
from harness.every_eval_ever.schema import schema_version
from harness.exporting.datasets import HUB, hub_tables
from harness.exporting.metadata import hub_id
from harness.results.records import as_json
from harness.results.schema import LANGUAGE, SPLIT, TASK
from harness.sources.base import generated_source

if TYPE_CHECKING:
    from harness.every_eval_ever.evaluations import Evaluation, Result
    from harness.registry import Registry
    from harness.results.schema import Score

LIBRARY = "xharness"
HOMES = {"accuracy": "accuracy"}
"""Ids of metrics that others have, too, by our names; what is ours alone is named so."""


def document(evaluation: Evaluation, registry: Registry, gone: frozenset[str]) -> dict[str, Any]:
    """A document without reference to its items.

    Args:
        gone: names of results whose stored predictions are gone.
    """
    environment = evaluation.run.environment
    versions = dict(environment.versions)
    return {
        "schema_version": schema_version(),
        "evaluation_id": evaluation.evaluation_id,
        "evaluation_timestamp": evaluation.time.isoformat(),
        "retrieved_timestamp": evaluation.seconds,
        "source_metadata": {
            "source_name": LIBRARY,
            "source_type": "evaluation_run",
            "source_organization_name": evaluation.organization,
            # Whoever trained the checkpoint scored it; who made a start model is not known here.
            "evaluator_relationship": "first_party" if evaluation.model.phases else "other",
            "additional_details": strings(
                run=evaluation.run.result.digest,
                command=evaluation.run.result.command,
                settings=evaluation.run.result.settings,
                not_scored=list(evaluation.failed),
                items_gone=sorted(gone),
            ),
        },
        "eval_library": {
            "name": LIBRARY,
            "version": versions.pop(LIBRARY, UNKNOWN),
            "additional_details": strings(
                versions=versions, device=environment.device, plugins=as_json(environment.plugins)
            ),
        },
        "model_info": _model(evaluation, registry),
        "evaluation_results": [_result(one, evaluation, registry, gone=one.name in gone) for one in evaluation.results],
    }


def strings(**values: Any) -> dict[str, str]:
    """Values as the strings that all further details are: texts as they are, else JSON; what is empty is left out."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
        for name, value in values.items()
        if value not in (None, "", [], {}, ())
    }


def _model(evaluation: Evaluation, registry: Registry) -> dict[str, Any]:
    model = evaluation.model
    torch = evaluation.run.environment.versions.get("torch", UNKNOWN)
    trained = strings(
        base_model=hub_id(model.name, registry) or evaluation.start,
        base_model_revision=model.revision,
        base_model_files=model.start,
        base_model_weights=model.weights,
        checkpoint=model.digest,
        id_is="" if evaluation.hub else "a checkpoint of this run, not a repository of the hub",
        arm=evaluation.arm.label,
        intermediate_tasks=list(evaluation.arm.intermediate),
        seed=evaluation.seed,
        training=[as_json(phase) for phase in model.phases],
    )
    return {
        "name": evaluation.title,
        "id": evaluation.model_id,
        "developer": evaluation.developer,
        "inference_engine": {"name": "PyTorch", "version": torch},
        "additional_details": {
            "deployment_type": "self_deployed",
            # Whether its weights were published, no record says.
            "model_availability": "open_weights" if evaluation.hub else "unknown",
            **trained,
        },
    }


def _result(result: Result, evaluation: Evaluation, registry: Registry, *, gone: bool) -> dict[str, Any]:
    score, at = result.score, result.score.at
    return {
        "evaluation_result_id": result.name,
        "evaluation_name": f"{at[TASK]}.{at[LANGUAGE]}",
        "evaluation_timestamp": evaluation.time.isoformat(),
        "source_data": _data(score, registry),
        "metric_config": _metric(score, registry),
        "score_details": _score(result, gone=gone),
    }


def _data(score: Score, registry: Registry) -> dict[str, Any]:
    at = score.at
    task = registry.tasks.get(str(at[TASK]))
    tables = hub_tables(task, str(at[SPLIT]), str(at[LANGUAGE])) if task and score.source == HUB else []
    made_up = generated_source(score.source, registry)
    details = strings(
        source=score.source,
        generated=made_up.about if made_up else "",
        language=at[LANGUAGE],
        split=at[SPLIT],
        rows=score.data,
        tables=[f"{table} at {table.revision or 'the newest revision'}" for table in tables],
        licence=made_up.licence if made_up else task.licence if task else "",
        differs=score.differs,
    )
    found: dict[str, Any] = {"dataset_name": str(at[TASK]), "additional_details": details}
    if tables:
        split = {"source_type": "hf_dataset", "hf_repo": tables[0].repository, "hf_split": tables[0].split}
        return {**found, **split, "samples_number": score.n}
    if task and task.homepage and not made_up:
        return {**found, "source_type": "url", "url": [task.homepage]}
    return {**found, "source_type": "other"}


def _metric(score: Score, registry: Registry) -> dict[str, Any]:
    metric = registry.metrics.get(score.metric)
    percent = score.unit == "percent"
    return {
        "evaluation_description": metric.description if metric else "",
        "metric_id": HOMES.get(score.metric, f"{LIBRARY}.{score.metric}"),
        "metric_name": score.metric,
        "metric_kind": score.metric,
        "metric_unit": "proportion" if percent else score.unit,
        "lower_is_better": not metric.higher_is_better if metric else False,
        "score_type": "continuous",
        "min_score": 0.0 if percent else "-Infinity",
        "max_score": 1.0 if percent else "Infinity",
        "additional_details": strings(
            metric_version=score.metric_version,
            task_version=score.task_version,
            definition=metric.source if metric else "",
            main=score.main,
            settings=score.hyper,
            precision=score.precision,
        ),
    }


def _score(result: Result, *, gone: bool) -> dict[str, Any]:
    score, interval = result.score, result.score.interval
    assert score.value is not None
    uncertainty: dict[str, Any] = {"num_samples": score.n}
    if interval is not None:
        uncertainty["confidence_interval"] = {
            "lower": in_unit(interval.low, score),
            "upper": in_unit(interval.high, score),
            "confidence_level": interval.level,
            "method": interval.method,
        }
    details = {name: getattr(score, name) for name in ("n_skipped", "truncated", "constant", "limited", "stand_in")}
    return {
        "score": in_unit(score.value, score),
        "uncertainty": uncertainty,
        "details": strings(
            **{score.unit: score.value},
            interval_is_of=interval.answers if interval else "",
            marks=list(result.marks),
            overlap=as_json(score.overlap),
            selected_on=as_json(score.selected_on),
            items="the stored predictions are gone" if gone else "",
            **details,
        ),
    }


def in_unit(value: float, score: Score) -> float:
    """A value in the unit of the document: a share for percent, else as it is."""
    return value / 100 if score.unit == "percent" else value
