"""What the study `sequential` shows: regimes, what is kept phase by phase, languages and orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from harness_plugins.studies.sequential.arms import LONG, RANDOM, SINGLE, Arm, longest_chains

from harness import studykit
from harness.studykit import NONE

if TYPE_CHECKING:
    from harness_plugins.studies.sequential import Options
    from harness_plugins.studies.sequential.scores import Finals

KEPT = ("BWT", "forgetting", "Omega")

BySeed = Mapping[int, float]
Pick = Callable[[studykit.Retained], float | None]


@dataclass(frozen=True)
class Phases:
    """What is known after each phase, of the arms that do not depend on a target.

    Attributes:
        probe: the task that is scored without training.
        retained: of each regime, by seed, of each arm.
        curves: of the longest chains, by class: the probe by phases done, for each seed.
        drift: by regime and class: CKA with the model as it was, after the last phase, for each seed; empty where it
            was not measured.
    """

    probe: str
    retained: Mapping[str, Mapping[int, Sequence[studykit.Retained]]]
    curves: Mapping[str, Sequence[BySeed]]
    drift: Mapping[tuple[str, str], BySeed]

    @classmethod
    def of(cls, evidence: studykit.Evidence, arms: Mapping[str, tuple[Arm, ...]], options: Options) -> Phases:
        """From the scores after each phase.

        Raises:
            NothingToShow: some are missing.
        """
        regimes = {name: own for name, own in arms.items() if not any(arm.by_target for arm in own)}
        main = studykit.Evidence(evidence.scores.where(_after_phase), evidence.measures, evidence.repeat)
        every = dict.fromkeys(arm for own in regimes.values() for arm in own)
        for arm in every:
            _require(main, arm, options)
        places = main.scores.where({"task": options.probe}).groups("language")
        classes = _classes([str(language) for (language,) in places])
        scores = {(str(label), seed): own for (label, seed), own in main.scores.groups("arm", "seed").items()}
        longer, shorter = ({task: arm for arm in regimes[name] for (task,) in arm.phases} for name in (LONG, SINGLE))
        ideals = {
            (task, seed): _value(scores[longer.get(task, arm).label, seed], task, 1)
            for task, arm in shorter.items()
            for seed in options.seeds
        }

        def kept(arm: Arm, seed: int) -> studykit.Retained:
            ideal = {task: ideals[task, seed] for task in options.tasks}
            own = scores[arm.label, seed]
            return studykit.retained(own, phases=arm.phases, probe=options.probe, classes=classes, ideal=ideal)

        of_arms = {(arm.label, seed): kept(arm, seed) for arm in every for seed in options.seeds}
        retained = {
            name: {seed: [of_arms[arm.label, seed] for arm in own] for seed in options.seeds}
            for name, own in regimes.items()
        }
        chains = main.scores.where(
            {"arm": [arm.label for arm in regimes[longest_chains(regimes)]], "task": options.probe}
        )
        curves = {name: _curve(chains, codes, options) for name, codes in classes.items()}
        return cls(options.probe, retained, curves, _drift(main, regimes, classes, options) if options.drift else {})

    def estimate(self, regime: str, pick: Pick) -> studykit.Estimate | None:
        """Something of what is kept, over seeds of the mean over a regime's arms; None where an arm has none."""
        values = {seed: [pick(one) for one in own] for seed, own in self.retained.get(regime, {}).items()}
        known = {seed: [value for value in own if value is not None] for seed, own in values.items()}
        if not known or any(len(known[seed]) < len(values[seed]) for seed in values):
            return None
        return studykit.seed_estimate({seed: fmean(own) for seed, own in known.items()})


def _after_phase(row: studykit.Row) -> bool:
    """Whether a row is of an intermediate phase, by its task's main metric."""
    return row.get("phase") is not None and row.get("target") is None and row["main"] and not row["perturbation"]


def _require(evidence: studykit.Evidence, arm: Arm, options: Options) -> None:
    at = {"arm": [arm.label], "seed": options.seeds}
    evidence.require(**at, task=[options.probe], phase=range(len(arm.phases) + 1))
    for number, tasks in enumerate(arm.phases, start=1):
        for task in tasks:
            evidence.require(**at, task=[task], language=["en"], phase=range(number, len(arm.phases) + 1))


def _value(scores: studykit.Scores, task: str, phase: int) -> float:
    (row,) = scores.where({"task": task, "language": "en", "phase": phase}).rows
    return float(row["value"])


def _classes(codes: Sequence[str]) -> dict[str, list[str]]:
    found = {name: [code for code in codes if studykit.resource_class(code) == name] for name in studykit.CLASSES}
    return {name: own for name, own in found.items() if own}


def _curve(chains: studykit.Scores, codes: Sequence[str], options: Options) -> list[BySeed]:
    own = studykit.in_languages(chains, lambda code: code in codes)
    phases = own.groups("phase")
    return [
        {seed: fmean(row["value"] for row in phases[phase,].where({"seed": seed}).rows) for seed in options.seeds}
        for phase in range(len(phases))
    ]


def _drift(
    evidence: studykit.Evidence,
    regimes: Mapping[str, Sequence[Arm]],
    classes: Mapping[str, Sequence[str]],
    options: Options,
) -> dict[tuple[str, str], BySeed]:
    found: dict[tuple[str, str], BySeed] = {}
    for name, arms in regimes.items():
        for label, codes in classes.items():
            wanted = {"task": [options.probe], "language": codes, "seed": options.seeds}
            rows = [
                row
                for arm in arms
                for row in evidence.require_measures("cka", arm=[arm.label], phase=[len(arm.phases)], **wanted)
            ]
            found[name, label] = {
                seed: fmean(row["value"] for row in rows if row["seed"] == seed) for seed in options.seeds
            }
    return found


def all_tables(
    found: Finals, phases: Phases | None, chosen: Sequence[studykit.ChosenSettings]
) -> Iterator[studykit.Table]:
    """Every table; without what is known after each phase, those of the targets alone."""
    yield _regimes(found, phases)
    yield _targets(found)
    if phases:
        yield _probe(phases)
    yield _languages(found)
    yield _orders(found)
    if chosen:
        cells = [
            (
                studykit.text_cell(one.regime),
                studykit.text_cell(setting),
                studykit.Cell(text=f"{mean:.1f}", best=one.setting == setting),
                studykit.text_cell(", ".join(one.targets)),
            )
            for one in chosen
            for setting, mean in one.means.items()
        ]
        title = "Settings that English development rows chose: mean over the targets named, arms and seeds"
        yield studykit.Table(title, ("regime", "setting", "score", "targets"), tuple(cells))


def _named(found: Finals) -> list[str]:
    """The regimes in the order of rows, without single tasks, which all are compared with."""
    return [NONE, *(name for name in found.arms if name not in (SINGLE, "chains"))]


def _regimes(found: Finals, phases: Phases | None) -> studykit.Table:
    """Scores of single tasks, what other regimes add to them, and what is kept of the tasks."""
    classes = {name: codes for name in studykit.CLASSES if (codes := found.classed(name))}
    both = {task: codes for task, codes in classes["low"].items() if task in classes.get("high", {})}
    gap = [{task: classes["high"][task] for task in both}, both] if both else []
    rows = []
    for regime in (SINGLE, *_named(found)):
        if regime == SINGLE:
            levels = [found.level(regime, codes) for codes in classes.values()]
            gaps = [found.level(regime, codes) for codes in gap]
        else:
            levels = [found.against(regime, SINGLE, codes) for codes in classes.values()]
            gaps = [found.against(regime, SINGLE, codes) for codes in gap]
        levels += [{seed: gaps[0][seed] - gaps[1][seed] for seed in gaps[0]}] if gaps else []
        cell = studykit.value_cell if regime == SINGLE else studykit.gain_cell
        cells = [cell(studykit.seed_estimate(own)) for own in levels]
        if phases:
            cells += _kept(phases, regime)
        rows.append((studykit.text_cell(f"{regime}: score" if regime == SINGLE else regime), *cells))
    columns = ("regime", *classes, *(["gap"] if gap else []), *(KEPT if phases else ()))
    title = "Targets by class of languages, in points against single tasks"
    title += "; what is kept of the tasks in English" if phases else ""
    title += "; gap: high less low, of targets with both" if gap else ""
    return studykit.Table(title, columns, tuple(rows))


def _kept(phases: Phases, regime: str) -> list[studykit.Cell]:
    """What is kept of the tasks; nothing of labels that no text tells."""
    if regime == RANDOM:
        return [studykit.text_cell("-")] * len(KEPT)
    share = phases.estimate(regime, lambda one: one.tasks.omega)
    changes = [studykit.value_cell(phases.estimate(regime, pick)) for pick in (_backward, _forgetting)]
    return [*changes, studykit.value_cell(share, 2)]


def _backward(one: studykit.Retained) -> float | None:
    return one.tasks.backward


def _forgetting(one: studykit.Retained) -> float | None:
    return one.tasks.forgetting


def _targets(found: Finals) -> studykit.Table:
    """Low-resource languages, target by target."""
    low = found.classed("low")
    rows = []
    for regime in _named(found):
        shared = [{task: codes} if found.has(regime, task) else {} for task, codes in low.items()]
        cells = [
            studykit.gain_cell(studykit.seed_estimate(found.against(regime, SINGLE, own)) if own else None)
            for own in shared
        ]
        rows.append((studykit.text_cell(regime), *cells))
    score = [
        studykit.value_cell(studykit.seed_estimate(found.level(SINGLE, {task: codes}))) for task, codes in low.items()
    ]
    rows.insert(0, (studykit.text_cell(f"{SINGLE}: score"), *score))
    title = "Low-resource languages of each target, in points against single tasks"
    return studykit.Table(title, ("regime", *low), tuple(rows))


def _probe(phases: Phases) -> studykit.Table:
    """What each regime does to what the model could do before."""
    rows = []
    for regime, by_seed in phases.retained.items():
        if regime == "chains":
            continue
        for name in next(iter(by_seed.values()))[0].probe:
            change = phases.estimate(regime, _of_class(name, "backward"))
            lost = phases.estimate(regime, _of_class(name, "forgetting"))
            share = phases.estimate(regime, _of_class(name, "omega"))
            drift = phases.drift.get((regime, name))
            cells = [studykit.gain_cell(change), studykit.value_cell(lost), studykit.value_cell(share, 2)]
            cells += [studykit.value_cell(studykit.seed_estimate(drift), 2)] if drift else []
            rows.append((studykit.text_cell(regime), studykit.text_cell(name), *cells))
    columns = ("regime", "languages", "BWT", "forgetting", "Omega", *(["CKA"] if phases.drift else []))
    title = f"{phases.probe} without training, from before the first phase to after the last"
    return studykit.Table(title, columns, tuple(rows))


def _of_class(name: str, what: str) -> Pick:
    """One of the measures of `Kept` for the probe in a class of languages."""
    return lambda one: getattr(one.probe[name], what)


def language_effects(found: Finals) -> list[tuple[str, str, studykit.Estimate]]:
    """Chains minus single tasks, for each target and language but English."""
    return [
        (task, code, one)
        for task, codes in found.languages.items()
        for code in codes
        if studykit.resource_class(code)
        and (one := studykit.seed_estimate(found.against("chains", SINGLE, {task: (code,)}))) is not None
    ]


def _languages(found: Finals) -> studykit.Table:
    effects = language_effects(found)
    below = [one for one in effects if one[2].interval is not None and one[2].interval.high < 0]
    low = [one for one in effects if studykit.resource_class(one[1]) == "low"]
    rows = [
        (
            studykit.text_cell(task),
            studykit.text_cell(code),
            studykit.text_cell(str(studykit.resource_class(code))),
            studykit.gain_cell(one),
        )
        for task, code, one in effects
    ]
    title = (
        f"Chains against single tasks: {len(below)} of {len(effects)} intervals lie wholly below 0, "
        f"{sum(one in low for one in below)} of {len(low)} in low-resource languages"
    )
    return studykit.Table(title, ("target", "language", "class", "chains - single"), tuple(rows))


def _orders(found: Finals) -> studykit.Table:
    """Each order of the longest chains against the mean of all of them, and how far they are apart."""
    longest = longest_chains(found.arms)
    classes = {name: codes for name in studykit.CLASSES if (codes := found.classed(name))}
    labels = [arm.label for arm in found.arms[longest]]
    rows = [
        (
            studykit.text_cell(one),
            *(studykit.gain_cell(studykit.seed_estimate(found.against(one, longest, own))) for own in classes.values()),
        )
        for one in labels
    ]
    levels = [[found.level(one, codes) for one in labels] for codes in classes.values()]
    apart = [{seed: stdev(own[seed] for own in each) for seed in each[0]} for each in levels]
    rows.append(
        (studykit.text_cell("SD over orders"), *(studykit.value_cell(studykit.seed_estimate(one)) for one in apart))
    )
    title = f"Orders of {longest}, in points against the mean of the orders"
    return studykit.Table(title, ("order", *classes), tuple(rows))


def all_figures(found: Finals, phases: Phases | None, margin: float) -> Iterator[studykit.Figure]:
    """Every figure; without what is known after each phase, those of the targets alone."""
    if phases:
        yield _curves(phases, longest_chains(found.arms))
    low = found.classed("low")
    of_regimes = _points((studykit.seed_estimate(found.against(one, SINGLE, low)), 0, one) for one in _named(found))
    title = "Low-resource languages, against single tasks"
    yield studykit.Forest(title=title, unit="points", points=of_regimes, margin=margin)
    each = _points((one, 0, f"{task} {code}") for task, code, one in language_effects(found))
    yield studykit.Forest(title="Chains against single tasks", unit="points", points=each, margin=margin)


def _curves(phases: Phases, chains: str) -> studykit.Curves:
    """The probe after each phase of the longest chains."""
    series = tuple(
        studykit.Series(
            name=name, points=_points((studykit.seed_estimate(by_seed), x, "") for x, by_seed in enumerate(curve))
        )
        for name, curve in phases.curves.items()
    )
    title = f"{phases.probe} after each phase of {chains}, by class of languages"
    return studykit.Curves(title=title, x="phases done", y="score, percent", series=series)


def _points(found: Iterable[tuple[studykit.Estimate | None, int, str]]) -> tuple[studykit.Point, ...]:
    """Estimates with where they stand and what they are called; without those that there are not."""
    points = []
    for one, x, label in found:
        if one is not None:
            points.append(studykit.estimate_point(one, x=x, label=label))
    return tuple(points)
