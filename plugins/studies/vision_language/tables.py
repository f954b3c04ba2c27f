"""What the study `vision-language` shows: arms, languages, what became of embeddings, layers, and images found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from harness_plugins.studies.vision_language.arms import (
    CAPTIONS,
    PICTURES,
    PICTURES_SHUFFLED,
    SWEPT,
    TEXT,
    at_layer,
)

from harness import studykit
from harness.studykit import NONE

if TYPE_CHECKING:
    from harness_plugins.studies.vision_language import Options
    from harness_plugins.studies.vision_language.scores import Retrieval

BySeed = Mapping[int, float]
MEASURES = {"anisotropy": 2, "isotropy": 3, "hubness": 1}
"""What is measured of embeddings, with the digits that are shown."""
SURE = 0.05


def mean(by_seed: BySeed) -> float:
    """Over seeds."""
    return fmean(by_seed.values())


def estimate(by_seed: BySeed) -> studykit.Estimate:
    """A mean over seeds with its interval."""
    return studykit.over_seeds(by_seed, studykit.Bounds())


def all_tables(found: Retrieval, evidence: studykit.Evidence, options: Options) -> Iterator[studykit.Table]:
    """Every table."""
    yield _arms(found, options)
    yield _languages(found, options)
    yield _embeddings(found, evidence, options)
    if options.layers:
        yield _layers(found, evidence, options)
    if found.images is not None:
        yield _images(found)


def _arms(found: Retrieval, options: Options) -> studykit.Table:
    """Scores of `none`, and what other arms add: raw on each target and over all, centred over those that can be."""

    def sides(arm: str) -> Iterator[studykit.Scores]:
        raw = found.of(arm)
        yield from (raw.where({"task": task}) for task in options.targets)
        yield raw
        yield found.of(arm, centred_too=True)

    levels = [estimate(studykit.means(own)) for own in sides(NONE)]
    rows = [(studykit.text_cell(f"{NONE}: score"), *map(studykit.value_cell, levels))]
    for arm in found.arms[1:]:
        both = zip(sides(arm), sides(NONE), strict=True)
        cells = [studykit.gain_cell(estimate(studykit.gains(after, before))) for after, before in both]
        rows.append((studykit.text_cell(arm), *cells))
    title = "Languages other than English: scores without training, and what each arm adds, in points"
    return studykit.Table(title, ("arm", *options.targets, "mean", "mean, centred"), tuple(rows))


def language_gains(found: Retrieval) -> dict[tuple[str, str], BySeed]:
    """Captions with images minus the same as text, by target and language other than English, for each seed."""
    after, before = found.of(CAPTIONS), found.of(TEXT)
    return {
        (str(task), str(code)): studykit.gains(after.where(at), before.where(at))
        for (task, code), _ in after.groups("task", "language").items()
        for at in ({"task": task, "language": code},)
    }


def _languages(found: Retrieval, options: Options) -> studykit.Table:
    """Each language by itself; of each seed's two checkpoints also whether they are right on as many items."""
    effects = language_gains(found)
    tests = {(place, seed): _mcnemar(found, *place, seed) for place in effects for seed in options.seeds}
    known = {at: p for at, p in tests.items() if p is not None}
    corrected = dict(zip(known, studykit.holm(list(known.values())).p, strict=True)) if known else {}
    rows = []
    for place, by_seed in effects.items():
        sure = [by_seed[seed] for seed in options.seeds if corrected.get((place, seed), 1.0) <= SURE]
        better, worse = sum(one > 0 for one in sure), sum(one < 0 for one in sure)
        each = f"{better} better, {worse} worse" if any((place, seed) in known for seed in options.seeds) else "-"
        rows.append((*map(studykit.text_cell, place), studykit.gain_cell(estimate(by_seed)), studykit.text_cell(each)))
    leaning = _leaning([mean(own) for own in effects.values()])
    title = (
        "Captions with images against the same as text, in points; seeds that differ by McNemar's test, corrected "
        f"by Holm for all of them. Signed ranks over targets and languages, as a description: {leaning}"
    )
    return studykit.Table(title, ("target", "language", "captions - text", "seeds"), tuple(rows))


def _mcnemar(found: Retrieval, task: str, code: str, seed: int) -> float | None:
    """P of both being right on as many items; None where items are not right or wrong, or predictions are gone."""
    at = {"task": task, "language": code, "seed": seed}
    (after,), (before,) = (found.of(arm).where(at).rows for arm in (CAPTIONS, TEXT))
    items = found.scores.paired_whole(after, before)
    if items is None or items[0].metric.interval != "wilson":
        return None
    left, right = (one.statistics[:, 0] for one in items)
    try:
        return float(studykit.mcnemar(int((left > right).sum()), int((left < right).sum())).p)
    except studykit.CannotConclude:
        return 1.0


def _leaning(differences: Sequence[float]) -> str:
    """P of Wilcoxon's signed-rank test in words."""
    try:
        test = studykit.signed_ranks(differences, answers="other targets and languages", unit="targets and languages")
    except studykit.CannotConclude:
        return "all are ties"
    return f"p {test.p:.2g}"


def _embeddings(found: Retrieval, evidence: studykit.Evidence, options: Options) -> studykit.Table:
    """How embeddings of the first target's sentences lie, in the mean over languages."""
    first, *_ = options.centred_targets
    rows = []
    for arm in found.arms:
        cells = []
        for measure, digits in MEASURES.items():
            own = evidence.require_measures(measure, arm=[arm], task=[first], seed=options.seeds)
            by_seed = {seed: fmean(one["value"] for one in own if one["seed"] == seed) for seed in options.seeds}
            cells.append(studykit.value_cell(estimate(by_seed), digits))
        rows.append((studykit.text_cell(arm), *cells))
    title = (
        f"Embeddings of {first}, mean over languages: random pairs (cosine), directions used, skewness of neighbours"
    )
    return studykit.Table(title, ("arm", *MEASURES), tuple(rows))


def _layers(found: Retrieval, evidence: studykit.Evidence, options: Options) -> studykit.Table:
    """The first target by the layer that sentences are taken from."""
    first, *_ = options.centred_targets
    arms = [at_layer(arm, layer) for arm in SWEPT for layer in options.layers]
    clean = studykit.Evidence(evidence.scores.clean.where({"main": True}), evidence.measures, evidence.repeat)
    scores = clean.require(arm=arms, task=[first], seed=options.seeds)
    abroad = studykit.in_languages(scores, lambda code: code != studykit.ENGLISH)
    rows = []
    for arm in SWEPT:
        levels = [studykit.means(abroad.where({"arm": at_layer(arm, layer)})) for layer in options.layers]
        usual = studykit.means(found.of(arm).where({"task": first}))
        rows.append((studykit.text_cell(arm), *(studykit.value_cell(estimate(own)) for own in (usual, *levels))))
    columns = ("arm", "its own layer", *(f"layer {layer}" for layer in options.layers))
    return studykit.Table(f"{first} by layer, languages other than English", columns, tuple(rows))


def _images(found: Retrieval) -> studykit.Table:
    """The control: images found by their captions, by language."""
    assert found.images is not None
    codes = [str(code) for (code,) in found.images.groups("language")]
    sides = [
        [found.images.where({"arm": arm, "language": code}) for code in codes] for arm in (PICTURES, PICTURES_SHUFFLED)
    ]
    rows = [
        (studykit.text_cell(arm), *(studykit.value_cell(estimate(studykit.means(own))) for own in side))
        for arm, side in zip((PICTURES, PICTURES_SHUFFLED), sides, strict=True)
    ]
    gains = [studykit.gains(after, before) for after, before in zip(*sides, strict=True)]
    rows.append((studykit.text_cell("difference"), *(studykit.gain_cell(estimate(one)) for one in gains)))
    n = max(row["n"] for row in found.images.rows)
    title = f"The control: images found by their captions, in percent, {n:,} captions in a language"
    return studykit.Table(title, ("images in training", *codes), tuple(rows))


def all_figures(found: Retrieval, margin: float) -> Iterator[studykit.Figure]:
    """Every figure."""
    arms = tuple(studykit.estimate_point(estimate(found.against(arm, NONE)), label=arm) for arm in found.arms[1:])
    yield studykit.Forest(
        title="Languages other than English, against no training", unit="points", points=arms, margin=margin
    )
    each = tuple(
        studykit.estimate_point(estimate(own), label=" ".join(place)) for place, own in language_gains(found).items()
    )
    title = "Captions with images against the same as text"
    yield studykit.Forest(title=title, unit="points", points=each, margin=margin)
