"""xharness show: all there is to know of a task and whether its data are there, of a suite, a study and the like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from harness.cli.repeated import option
from harness.errors import counted

if TYPE_CHECKING:
    from harness.catalogue.values import Suite
    from harness.errors import UserError
    from harness.imaging.encoders import ImageEncoder
    from harness.perturbations import File, Perturbation
    from harness.planning.data import Data
    from harness.registry import Registry
    from harness.setting import Scalar
    from harness.studies.base import Study
    from harness.tasks import Task


@click.command("show")
@click.argument("name", metavar="TASK|SUITE|STUDY|PERTURBATION|IMAGE_ENCODER")
@option(
    "--data",
    metavar="mini[:WORLD]|hub|DIR|MAP",
    default="mini",
    show_default=True,
    help="The data whose rows are counted.",
)
def command(name: str, data: str) -> None:
    """Describe a task, a suite, a study or the like.

    Perturbations and image encoders are described, too. Of a task: languages, labels, metrics, files, licence and
    plugin, and the rows that the data have for it.
    """
    from harness.cli.display import make_console, show
    from harness.registry import default_registry
    from harness.report.fit import pairs

    registry = default_registry()
    if name in registry.perturbations and name not in registry.tasks:
        lines = list(_perturbation(registry, registry.perturbation(name)))
    elif name in registry.suites:
        lines = list(_suite(registry, registry.suites[name]))
        if name in registry.studies:
            lines += [("", ""), *_study(registry, registry.study(name))]
    elif name in registry.tasks:
        task = registry.task(name)
        lines = [*_definition(registry, task), *_data(registry, task, data)]
    elif name in registry.studies:
        lines = list(_study(registry, registry.study(name)))
    elif name in registry.image_encoders:
        lines = list(_image_encoder(registry, registry.image_encoder(name)))
    else:
        raise _unknown(registry, name)
    console = make_console()
    # What a plugin does not say, such as a licence, has no line.
    show(console, pairs([(what, text) for what, text in lines if text], console.width))


def _unknown(registry: Registry, name: str) -> UserError:
    """Nothing that is shown has this name; what else has it, is listed."""
    from harness.cli.commands.ls import LISTS
    from harness.errors import UnknownName, plural

    shown = [
        *(*registry.tasks, *registry.suites, *registry.studies),
        *(*registry.perturbations, *registry.image_encoders),
    ]
    others = [noun for noun, things in registry.everything().items() if name in things and plural(noun) in LISTS]
    fix = f"{name} is a {others[0]}: `xharness ls {plural(others[0])}` says what there is to it" if others else None
    return UnknownName("task, suite, study, perturbation or image encoder", name, shown, fix=fix)


def _suite(registry: Registry, suite: Suite) -> Iterator[tuple[str, str]]:
    plugin = registry.owner("suite", suite.name)
    yield "suite", f"{suite.name}: {counted(len(suite.tasks), 'task')} under one name, which can be given for them"
    yield "", suite.description
    yield "tasks", ", ".join(suite.tasks)
    yield "listed by", f"xharness ls tasks --suite {suite.name}"
    yield "plugin", f"{plugin.entry_point} of {plugin.distribution} {plugin.version}"


def _study(registry: Registry, study: Study) -> Iterator[tuple[str, str]]:
    from harness.setting import declared
    from harness.studies.asked import asked_of
    from harness.studies.options import shown_option

    plugin = registry.owner("study", study.name)
    yield "study", f"{study.name}, version {study.version}"
    yield "", study.question
    yield "primary", study.primary
    yield "yes", study.yes
    yield "no", study.no
    yield "cannot tell", study.cannot_tell
    yield "corrected for", study.corrected_for
    # Margins are those that hold where none is stated, which depends on the data.
    tiers = {
        tier: replace(options, margin=asked_of(study, registry, tier, {}).options.margin)
        for tier, options in study.tiers.items()
    }
    first = tiers["small"]
    for tier, options in tiers.items():
        own = {name: getattr(options, name) for name in declared(study.options) if name != "limit" or options.limit}
        told = {k: v for k, v in own.items() if shown_option(v) and (options is first or v != getattr(first, k))}
        told |= {name: value for name, value in options.set.items() if options is first or first.set.get(name) != value}
        listed = ", ".join(f"{name} = {shown_option(value)}" for name, value in told.items())
        yield "tier", f"{tier}: {listed or 'as small'}"
    yield "cost", f"xharness study {study.name} --plan"
    yield "plugin", f"{plugin.entry_point} of {plugin.distribution} {plugin.version}"


def _default(value: Scalar | File) -> str:
    from harness.perturbations import File
    from harness.setting import value_text

    if isinstance(value, File):
        return "a file, which may be left out" if value.optional else "a file, to be given"
    return f"by default {value_text(value)}"


def _perturbation(registry: Registry, perturbation: Perturbation) -> Iterator[tuple[str, str]]:
    from harness.cli.commands.ls import perturbed_kinds
    from harness.perturbations import ALL_TASKS, SEVERITIES
    from harness.setting import declared

    plugin = registry.owner("perturbation", perturbation.name)
    yield "perturbation", f"{perturbation.name}, version {perturbation.version}"
    yield "", perturbation.description
    for severity, does in zip(SEVERITIES, perturbation.severities, strict=True):
        yield "severity", f"{severity}: {does}" if does else str(severity)
    for name, one in declared(perturbation.settings).items():
        yield "setting", f"{name}: {one.declaration.about}; {_default(one.default)}"
    yield "kinds", ", ".join(perturbed_kinds(registry, perturbation))
    if perturbation.diagnostic:
        tasks = ", ".join("all tasks" if name == ALL_TASKS else name for name in perturbation.diagnostic)
        yield "diagnostic", f"for {tasks}: labels need not survive it, so a drop is expected"
    yield "plugin", f"{plugin.entry_point} of {plugin.distribution} {plugin.version}"


def _image_encoder(registry: Registry, encoder: ImageEncoder) -> Iterator[tuple[str, str]]:
    from harness.errors import UserError
    from harness.imaging.decoding import check_pillow

    plugin = registry.owner("image encoder", encoder.name)
    yield "image encoder", f"{encoder.name}, version {encoder.version}"
    yield "", encoder.description
    try:
        check_pillow()
        with registry.blaming("image encoder", encoder.name):
            encoder.digest()
        yield "usable", "yes, on this machine"
    except UserError as error:
        yield "usable", f"no: {error.what}"
        yield "fix", error.fix or ""
    yield "licence", encoder.licence
    yield "plugin", f"{plugin.entry_point} of {plugin.distribution} {plugin.version}"


def _definition(registry: Registry, task: Task) -> Iterator[tuple[str, str]]:
    from harness.kinds.base import Kind
    from harness.setting import declared

    plugin = registry.owner("task", task.name)
    yield "task", f"{task.name}, version {task.version}"
    yield "", task.description
    yield "kind", task.kind
    if own := declared(registry.kind(task.kind).settings):
        yield "settings", ", ".join(f"{name} = {one.default}" for name, one in own.items())
    yield "languages", f"{len(task.languages)}: {', '.join(map(_with_name, task.languages))}"
    open_set = type(registry.kind(task.kind)).labels is not Kind.labels
    yield "labels", " ".join(task.labels) or ("collected from the training rows" if open_set else "none")
    for name in task.metrics:
        metric = registry.metric(name)
        source = f" [{metric.source}]" if metric.source else ""
        yield "metric", f"{name}: {metric.description}{source}" if metric.description else f"{name}{source}"
    if task.chance is not None:
        yield "chance", f"{task.chance:.1f} of {task.metrics[0]}, by guessing"
    if task.trains_on:
        yield "trained on", f"the rows of {task.trains_on} (validation rows select only), with whose head it is scored"
    elif len(task.languages_trained) > 1:
        yield "trained on", f"rows in {', '.join(map(_with_name, task.languages_trained))}"
    if task.after:
        yield "", f"after target phases on {', then '.join(task.after)}"
    selection = task.selection
    kept = "the last" if selection.keep == "last" else f"the best {selection.metric or task.metrics[0]} on validation"
    yield "checkpoint", kept
    for name, form in task.formats.items():
        yield "format", f"{name} (read as {form.reader})"
        for split, files in form.files.items():
            yield "", f"{split}: {', '.join([files] if isinstance(files, str) else files)}"
        if form.stand_in:
            yield "", f"stand-in: {form.stand_in}"
    for data in task.hub:
        yield (
            "hub",
            "/".join(filter(None, [data.repository, data.configuration]))
            + (f" at {data.revision}" if data.revision else ""),
        )
        yield "", "; ".join(f"{s}: {n if isinstance(n, str) else ', '.join(n)}" for s, n in data.splits.items())
        if data.differs:
            yield "", f"differs: {data.differs}"
    yield "licence", task.licence
    yield "citation", task.citation
    yield "homepage", task.homepage
    yield "plugin", f"{plugin.entry_point} of {plugin.distribution} {plugin.version}"


def _with_name(code: str) -> str:
    from harness.languages import LANGUAGES

    return f"{code} {LANGUAGES[code].name}" if code in LANGUAGES else code


def _data(registry: Registry, task: Task, data: str) -> Iterator[tuple[str, str]]:
    from harness.planning.data import Data
    from harness.sources.base import SPLITS, open_source, source_named

    source = open_source(data, registry)
    rows = Data(registry, source)
    if source_named(data, registry)[0].remote:
        yield "rows", "not counted: they would have to be fetched"
        return
    yield "rows", f"in {data}"
    for split in SPLITS:
        shown = registry.task(task.trained_as) if split == "train" else task
        whose = "" if shown is task else f" of {shown.name}"
        explained = set[str]()
        sizes = [_size(rows, shown.name, split, language, explained) for language in source.languages(shown, split)]
        yield "", f"{split}{whose}: {', '.join(sizes) or 'none'}"


def _size(data: Data, task: str, split: str, language: str, explained: set[str]) -> str:
    """How many rows there are, or why there are none.

    Args:
        explained: codes of errors whose place has been shown; gets that of another one.
    """
    from harness.errors import DataError

    try:
        found = data.split(task, split, language)
    except DataError as error:
        # Where images are missing, every language would repeat the same paths.
        where = f": {' '.join(error.where.split())}" if error.where and error.code not in explained else ""
        explained.add(error.code)
        return f"{language} cannot be read ({error.what}{where})"
    marks = [f"{len(found.skipped)} bad"] if found.skipped else []
    marks += ["stand-in"] if found.stand_in else []
    marked = f" ({', '.join(marks)})" if marks else ""
    return f"{language} {len(found.rows):,}{marked}"
