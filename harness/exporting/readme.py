"""The model card: README.md with what the model is, how to use it, how it was trained and what it scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from harness.documents.markdown import escaped_markdown, markdown
from harness.documents.parts import Table, row_of
from harness.errors import counted
from harness.exporting.metadata import front_matter, licence_of
from harness.results.marks import MARKS
from harness.results.schema import Phase
from harness.results.words import number, overlap_lines
from harness.visible import visible

if TYPE_CHECKING:
    from harness.exporting.card import Card


def card_text(card: Card) -> str:
    """The whole of README.md, the same for the same records and checkpoint."""
    sections = [
        ("", _introduction(card)),
        ("## Use\n\n", [f"```python\n{card.form.example(card.use)}```", _list(card.form.notes(card.use))]),
        ("## Labels\n\n", [_list([f"{i}: {label}" for i, label in enumerate(card.labels)])] if card.labels else []),
        ("## Training\n\n", _training(card)),
        ("## Data\n\n", _data(card)),
        ("## Scores\n\n", _scores(card)),
        ("## Limits\n\n", [_list(_limits(card))]),
    ]
    body = "\n\n".join(heading + "\n\n".join(parts) for heading, parts in sections if parts)
    return visible(f"{front_matter(card)}\n{body}\n", lines=True)


def _introduction(card: Card) -> list[str]:
    task, model, run = card.chosen.task, card.chosen.model, card.chosen.run
    trained = [f"{_joined(phase.tasks)} ({phase.phase})" for phase in model.phases]
    how = f"trained on {', then on '.join(trained)}" if trained else "not trained any further"
    languages = list(dict.fromkeys(row["language"] for row in card.rows))
    lines = [
        f"The encoder {card.start}, {how}, for the task {task.name}: {task.description}",
        f"It was scored in {counted(len(languages), 'language')}: {' '.join(languages)}.",
    ]
    if card.generated:
        lines.append(card.generated.about)
    facts = [
        f"run {run.result.digest}, made with xharness {run.environment.versions.get('xharness', '?')}",
        f"arm {card.chosen.arm.label}, seed {card.chosen.seed}",
        f"start model {card.start}, files {model.start}, licence: {licence_of(model.name, card.registry.models)}",
    ]
    facts += [f"weights of the start model: {model.weights}"] if model.weights else []
    return [f"# {escaped_markdown(card.title)}", *map(escaped_markdown, lines), _list(facts)]


TRAINING = ("phase", "tasks", "rows", "steps", "selection", "learning rate", "batch", "seed", "precision")


def _training(card: Card) -> list[str]:
    phases = card.chosen.model.phases
    if not phases:
        return ["None: the weights are the start model's."]
    rows = [_phase(phase, card.chosen.seed) for phase in phases]
    return [
        _table(TRAINING, rows),
        "All settings of the phases, and digests of the rows they were trained on:",
        _list([line for phase in phases for line in _settings(phase)]),
    ]


def _settings(phase: Phase) -> Iterator[str]:
    hyper = ", ".join(f"{name} {_shown(value)}" for name, value in sorted(phase.hyper.items()))
    yield f"{phase.phase} on {_joined(phase.tasks)} ({phase.digest}): {hyper}"
    # Records of older runs do not have them.
    for task, digest in phase.data.items():
        yield f"rows of {task}: {digest}"


def _phase(phase: Phase, seed: int) -> tuple[str, ...]:
    score = phase.development_score
    kept = "" if score is None else f", {number(score)} {phase.development_metric}"
    return (
        phase.phase,
        _joined(phase.tasks),
        # Records of older runs have neither rows nor seeds of phases.
        ", ".join(str(phase.rows.get(name, "-")) for name in phase.tasks),
        f"{phase.kept_step} of {phase.steps}",
        f"{phase.selection}{kept}",
        _shown(phase.hyper.get("lr", "-")),
        _shown(phase.hyper.get("batch_size", "-")),
        str(seed if phase.seed is None else phase.seed),
        phase.precision,
    )


def _data(card: Card) -> list[str]:
    trained = {name for phase in card.chosen.model.phases for name in phase.tasks}
    lines = []
    for task in map(card.registry.task, card.tasks):
        uses = [
            use
            for use, is_so in (("trained on", task.name in trained), ("scored", task.name == card.chosen.task.name))
            if is_so
        ]
        lines.append((task.name, " and ".join(uses), task.licence, task.citation, task.homepage))
    if card.generated:
        rows = [line[:2] for line in lines]
        return [_table(("task", "use"), rows), card.generated.licence]
    digests = dict.fromkeys(f"{row['language']} {row['data']}" for row in card.rows if row["data"])
    return [
        _table(("task", "use", "licence", "citation", "homepage"), lines),
        f"Source of the rows: {escaped_markdown(card.source)}. Digests of the scored rows: {', '.join(digests)}.",
        "What licence this model may have follows from those of the start model and of these data; this card does not "
        "say it.",
    ]


SCORES = ("language", "metric", "split", "score", "interval", "n", "marks")


def _scores(card: Card) -> list[str]:
    lines = []
    for row in card.rows:
        interval = row["interval"]
        shown = f"[{number(interval['low'])}, {number(interval['high'])}]" if interval else "-"
        value = "-" if row["value"] is None else number(row["value"])
        count = "-" if row["n"] is None else str(row["n"])
        split = row["split"] or "-"
        lines.append((row["language"], row["metric"], split, value, shown, count, ", ".join(row["marks"])))
    intervals = {
        (row["interval"]["level"], row["interval"]["method"], row["interval"]["answers"])
        for row in card.rows
        if row["interval"]
    }
    said = [f"Intervals: {100 * level:g} %, {method}: {answers}." for level, method, answers in sorted(intervals)]
    return ["Percent, with the model as it is in this directory.", _table(SCORES, lines), *map(escaped_markdown, said)]


def _limits(card: Card) -> Iterator[str]:
    scores, phases = card.chosen.scores.scores, card.chosen.model.phases
    for mark in sorted({mark for row in card.rows for mark in row["marks"]}):
        languages = dict.fromkeys(row["language"] for row in card.rows if mark in row["marks"])
        yield f"{mark}, in {' '.join(languages)}: {MARKS[mark].in_card.removeprefix(f'{mark}: ')}"
    for differs in dict.fromkeys(score.differs for score in scores if score.differs):
        yield f"differs: {differs}"
    for phase in phases:
        if phase.stand_in:
            yield f"{phase.phase} rows that are not the official split: {', '.join(phase.stand_in)}"
    # Metrics of a language share what was found in its rows.
    yield from dict.fromkeys(overlap_lines([score.row for score in scores]))
    for error in dict.fromkeys(score.error for score in scores if score.error):
        yield f"failed: {error}"
    if card.chosen.selected_in:
        yield f"Not zero-shot: a checkpoint was selected on rows in {' '.join(card.chosen.selected_in)}."
    if {score.precision for score in scores} != {"fp32"}:
        yield "It was scored in bf16; this model computes in fp32 unless told otherwise."
    if (entry := card.registry.models.get(card.chosen.model.name)) and entry.note:
        yield entry.note
    yield "Scores are of one seed: another seed gives another model, and other scores."
    yield "Nothing is known of languages and texts other than those above."


def _joined(names: Sequence[str]) -> str:
    return " + ".join(names)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _list(lines: Iterator[str] | Sequence[str]) -> str:
    return "\n".join(f"- {escaped_markdown(line)}" for line in lines)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    table = Table("", tuple(columns), tuple(row_of(*row) for row in rows), words=tuple(range(len(columns))))
    return markdown([table], []).rstrip("\n")
