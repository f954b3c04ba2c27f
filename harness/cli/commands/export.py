"""xharness export: what runs have found, in the forms that others read."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from harness.benchmarks.leaderboard.formats import format_names
from harness.cli.options import against_option, benchmark_option, beside_option, contrast_option, runs_option
from harness.cli.repeated import Names, option
from harness.cli.say import say
from harness.errors import counted


@click.group("export")
def command() -> None:
    """Write results of runs in the forms that others read."""


@command.command("submission")
@click.argument("run", metavar="[RUN]", required=False)
@benchmark_option
@option("--output", type=click.Path(path_type=Path), required=True, help="A new folder for the predictions.")
@option("--labels", type=click.Path(path_type=Path), help="A new folder for the gold answers, in the same layout.")
@option("--arm", metavar="NAME", help="The arm, where the run has several.")
@option("--seed", type=int, help="The seed, where the run has several.")
@option("--partial", is_flag=True, help="Write what there is, though tasks or languages are missing.")
@option("--unofficial", is_flag=True, help="Take limited, validation and stand-in rows, too: not to be uploaded.")
@runs_option
def submission(
    run: str | None,
    benchmark: str,
    output: Path,
    labels: Path | None,
    arm: str | None,
    seed: int | None,
    partial: bool,
    unofficial: bool,
    runs: Path,
) -> None:
    """Write the folder that a benchmark's leaderboard takes.

    It holds the stored predictions of RUN, a run's name, the beginning of it, or its directory, the latest by default,
    for one arm and seed.
    """
    from harness.benchmarks.definition import benchmark as benchmark_of
    from harness.benchmarks.export import export_submission
    from harness.cli.chosen import chosen_run
    from harness.planning.store import translated_errors
    from harness.registry import default_registry
    from harness.results.runs import STORE, home_of

    registry = default_registry()
    directory = chosen_run(runs, run)
    with translated_errors(output, "--output"):
        done = export_submission(
            directory,
            home_of(directory, runs) / STORE,
            benchmark_of(benchmark, registry),
            registry,
            output=output,
            labels=labels,
            arm=arm,
            seed=seed,
            partial=partial,
            unofficial=unofficial,
        )
    for line in (*(f"missing: {line}" for line in done.missing), *(f"unofficial: {line}" for line in done.unofficial)):
        say(line)
    say(f"{counted(done.files, 'file')} of arm {done.arm!r}, seed {done.seed}: {output}")
    if labels:
        say(f"gold answers: {labels}")


@command.command("leaderboard")
@click.argument("sources", metavar="[RUN|DOCUMENT]...", nargs=-1)
@option("--benchmark", metavar="NAME", help="Of the means; xtreme by default, xtreme@mini for runs on mini.")
@option("--format", "form", type=click.Choice(format_names()), default="json", show_default=True, help="What to write.")
@option("--output", type=click.Path(path_type=Path), help="File to write; to the screen by default.")
@option("--arm", "arms", multiple=True, metavar="NAME", help="Only this arm, such as none; several are allowed.")
@option(
    "--allow", type=Names(), default=(), help="Take in, marked: failed, limited, mixed, partial, stand-in, validation."
)
@option(
    "--beside",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Add published scores of a CSV file beside those of the systems; in markdown and latex.",
)
@runs_option
def leaderboard(
    sources: tuple[str, ...],
    benchmark: str | None,
    form: str,
    output: Path | None,
    arms: tuple[str, ...],
    allow: tuple[str, ...],
    beside: Path | None,
    runs: Path,
) -> None:
    """Write the scores of runs as a leaderboard.

    Takes runs, by name or directory, and documents (.json) that this command has written for you or for others; the
    latest run by default.
    """
    from harness.benchmarks.leaderboard import document
    from harness.benchmarks.leaderboard.beside import beside_tables
    from harness.benchmarks.leaderboard.formats import FOR_PEOPLE, render
    from harness.benchmarks.published import read_published
    from harness.cli.chosen import chosen_run
    from harness.errors import SettingsError
    from harness.outputs import is_standard_output, write_output
    from harness.registry import default_registry

    if form == "parquet" and output is None:
        raise SettingsError("parquet is not for the screen", code="parquet-to-screen", fix="name a file with --output")
    if beside is not None and form not in FOR_PEOPLE:
        raise SettingsError(
            f"published scores are no part of a document, so --beside does nothing with --format {form}",
            code="beside-without-tables",
            fix=f"--format {' or '.join(FOR_PEOPLE)}",
        )
    published = read_published(beside) if beside else []
    paths = [Path(name) if document.is_document(Path(name)) else chosen_run(runs, name) for name in sources]
    made = document.leaderboard(
        paths or [chosen_run(runs, None)], default_registry(), name=benchmark, arms=arms, allow=allow
    )
    more, said = beside_tables(made.document, published, default_registry()) if beside else ([], [])
    content = render(made.document, form, more, said)
    for note in made.notes:
        say(note, err=True)
    if output is None:
        say(content.decode(), end="")
        return
    # The file may be a leaderboard of many people's scores that this adds to.
    write_output(output, content)
    say(f"{document.in_words(made.document)}: {output}", err=is_standard_output(output))


@command.command("model")
@click.argument("run", metavar="[RUN]", required=False)
@option("--output", type=click.Path(path_type=Path), required=True, help="A new folder for the model.")
@option("--task", metavar="NAME", help="The task, where the run scored several.")
@option("--arm", metavar="NAME", help="The arm, where the run has several.")
@option("--seed", type=int, help="The seed, where the run has several.")
@runs_option
def model(run: str | None, output: Path, task: str | None, arm: str | None, seed: int | None, runs: Path) -> None:
    """Write a trained model as transformers loads it.

    It holds the model of one task, arm and seed of RUN, a run's name or directory, by default the latest of train with
    a score: weights, tokenizer and a model card with what it was trained on and what it scored.
    """
    from harness.cli.chosen import chosen_run
    from harness.exporting.export import export_model
    from harness.planning.store import translated_errors
    from harness.registry import default_registry
    from harness.results.runs import home_of

    directory = chosen_run(runs, run, trained=True)
    with translated_errors(output.absolute().parent, "--output"):
        done = export_model(
            directory, home_of(directory, runs), default_registry(), output=output, task=task, arm=arm, seed=seed
        )
    found = f"{done.task} after {done.arm!r}, seed {done.seed}, for {done.auto_class}: {output}"
    say(f"{found} (there already, unchanged)" if done.existed else found)


@command.command("eee")
@click.argument("run", metavar="[RUN]", required=False)
@option("--output", type=click.Path(path_type=Path), required=True, help="A new folder for the documents.")
@option("--arm", "arms", multiple=True, metavar="NAME", help="Only this arm, such as none; several are allowed.")
@option("--organization", metavar="NAME", help="Who trained and scored; unknown by default.")
@option("--no-items", is_flag=True, help="Leave out what was answered to each item.")
@runs_option
def eee(
    run: str | None, output: Path, arms: tuple[str, ...], organization: str | None, no_items: bool, runs: Path
) -> None:
    """Write scores and answers in the format Every Eval Ever.

    It holds a document per checkpoint of RUN, a run's name, the beginning of it, or its directory, the latest by
    default: what it is, what it scored on clean rows, and beside it what it answered to each item.
    """
    from harness.cli.chosen import chosen_run
    from harness.every_eval_ever.export import export_evaluations
    from harness.planning.store import translated_errors
    from harness.registry import default_registry
    from harness.results.runs import STORE, home_of

    directory = chosen_run(runs, run)
    with translated_errors(output.absolute().parent, "--output"):
        done = export_evaluations(
            directory,
            [home_of(directory, runs) / STORE],
            default_registry(),
            output=output,
            arms=arms,
            organization=organization or "",
            items=not no_items,
        )
    for line in done.failed:
        say(f"not scored: {line}")
    if done.gone:
        say(f"without items, since their stored predictions are gone: {counted(len(done.gone), 'score')}")
    parts = [counted(done.documents, "document"), counted(done.scores, "score"), counted(done.items, "item")]
    say(f"{', '.join(parts)}: {output}")


@command.command("site")
@click.argument("sources", metavar="[RUN|DOCUMENT]...", nargs=-1)
@option("--output", type=click.Path(path_type=Path), required=True, help="A new folder for the pages.")
@contrast_option
@against_option
@beside_option
@runs_option
def site(
    sources: tuple[str, ...],
    output: Path,
    contrast: str | None,
    against: str | None,
    beside: Path | None,
    runs: Path,
) -> None:
    """Write a folder of pages to put on a web server, or to open from the disk.

    It has the report of runs, the latest by default, all items that arms get wrong, and a page for each leaderboard
    document (.json) that is named.
    """
    from harness.benchmarks.leaderboard.document import is_document, read_document
    from harness.cli.chosen import chosen_run
    from harness.cli.display import COMPARING, Display, make_console
    from harness.outputs import check_new_folder
    from harness.planning.store import translated_errors
    from harness.report.chapters.mistakes import find_mistakes
    from harness.report.loaded import load_run
    from harness.report.page import Asked
    from harness.report.site import write_site
    from harness.results.find import belonging
    from harness.results.runs import STORE, home_of

    check_new_folder(output)
    documents = {name: read_document(Path(name)) for name in sources if is_document(Path(name))}
    names = [name for name in sources if name not in documents]
    directories = list(dict.fromkeys(chosen_run(runs, name) for name in names))
    if not sources:
        directories = [chosen_run(runs, None)]
    places: list[str] = []
    with Display(make_console(stderr=True)).busy(COMPARING), translated_errors(output.absolute().parent, "--output"):
        loaded = [load_run(one, home_of(one, runs) / STORE, belonging(one), against) for one in directories]
        asked = Asked(contrast=contrast, published=beside, mistakes=partial(find_mistakes, tell=places.append))
        count = write_site(loaded, documents, asked, output)
    for place in places:
        say(place, err=True)
    say(f"{counted(count, 'page')}: {output / 'index.html'}")
