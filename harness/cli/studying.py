"""Shows the plan of a study, carries its runs out with progress, and ends with the answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.cli.display import COMPARING, Display, make_console, show
from harness.cli.running import FAILED, say_waiting
from harness.errors import UserError, counted
from harness.outputs import check_writable
from harness.planning.store import Store
from harness.registry import Registry
from harness.report.study import answers_view, plan_view, plans_view, study_view
from harness.results.find import find_run
from harness.results.runs import STORE
from harness.studies.asked import Asked, reading
from harness.studies.document import check_folder, replaced_command, write
from harness.studies.session import (
    StudyResult,
    StudySession,
    answer_from_files,
    failures,
    plan_study,
    read_study,
)


def carry_out_study(asked: Asked, registry: Registry, runs: Path, output: Path, *, plan_only: bool) -> int:
    """Do what a study asks for; 0, or 1 if a part of a run failed.

    Raises:
        UserError: something in the options or the data cannot be used, or too much failed for an answer.
    """
    console = make_console()
    check_folder(output, asked.study.name)
    if not plan_only:
        check_writable(output)
    if (found := answer_from_files(asked, registry)) is not None:
        if plan_only:
            console.print("nothing to run: files answer by themselves", markup=False)
        else:
            _show(found, output)
        return 0
    if not plan_only:
        Store(runs / STORE).prepare()
    with Display(make_console(stderr=True)).busy("planning"):
        planned = plan_study(asked, registry, runs, say_waiting)
    show(console, plan_view(planned))
    if plan_only:
        return 0
    directories, failed = _carry_out(planned)
    _answer(asked, registry, directories, output)
    return FAILED if failed else 0


def _carry_out(planned: StudySession) -> tuple[list[Path], bool]:
    """The directories of a study's runs, done, and whether a part of one failed."""
    console = make_console()
    outcomes = []
    for number, session in enumerate(planned.sessions, start=1):
        display = Display(console)
        try:
            display.note(f"run {number} of {len(planned.sessions)}")
            outcomes.append(session.execute(display, note=display.note))
        finally:
            display.close()
    failed = failures(outcomes)
    for one in failed:
        console.print(f"failed: {one}", style="red", markup=False)
    return [outcome.directory for outcome in outcomes], bool(failed)


def carry_out_all(asked: Sequence[Asked], registry: Registry, runs: Path, *, plan_only: bool) -> int:
    """Do what several studies ask for, one after the other; 0, or 1 if one of them failed.

    Each writes its folder below RUNS/studies. A study without an answer does not keep the others from theirs.

    Raises:
        UserError: something in the options or the data cannot be used; nothing was begun then.
    """
    console = make_console()
    folders = {one.name: runs / "studies" / one.name for one in asked}
    for one in asked:
        check_folder(folders[one.name], one.study.name)
    if not plan_only:
        for folder in folders.values():
            check_writable(folder, option="--runs")
        Store(runs / STORE).prepare()
    with Display(make_console(stderr=True)).busy("planning"):
        planned = [plan_study(one, registry, runs, say_waiting) for one in asked]
    show(console, plans_view(planned))
    if plan_only:
        return 0
    answers: dict[str, StudyResult | UserError] = {}
    any_failed = False
    for session in planned:
        one = session.asked
        console.print(f"study {one.study.name}", style="bold", markup=False)
        try:
            directories, failed = _carry_out(session)
            answers[one.study.name] = _answer(one, registry, directories, folders[one.name])
        except UserError as error:
            failed, answers[one.study.name] = True, error
            console.print(f"failed: {error}", style="red", markup=False)
        any_failed = any_failed or failed
    show(console, answers_view(answers))
    return FAILED if any_failed else 0


def answer_from(asked: Asked, registry: Registry, runs: Path, names: Sequence[str], output: Path) -> int:
    """Answer from the records of runs that there are; 0.

    Raises:
        UserError: a run cannot be found, or its records lack what the study needs.
    """
    check_folder(output, asked.study.name)
    check_writable(output)
    directories = list(dict.fromkeys(find_run(runs, name) for name in names))
    _answer(reading(asked, names), registry, directories, output)
    return 0


def _answer(asked: Asked, registry: Registry, directories: Sequence[Path], output: Path) -> StudyResult:
    console = make_console()
    with Display(console).busy(COMPARING):
        result = read_study(asked, registry, directories)
    _show(result, output)
    return result


def _show(result: StudyResult, output: Path) -> None:
    console = make_console()
    # First, so that nothing is lost where nobody reads on, as behind `| head`.
    replaced = replaced_command(result, output)
    page = write(result, output)
    show(console, study_view(result))
    scores = sum(len(one.scores.rows) for one in result.evidence.values())
    console.print(f"{counted(scores, 'score')} of {counted(len(result.runs), 'run')}; {page}", markup=False)
    if replaced:
        console.print(f"replaced there: the answer to other options, of {replaced}", markup=False)
