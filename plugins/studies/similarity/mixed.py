"""A mixed model of gains, beside the permutation tests, which assume less; it needs statsmodels."""

from __future__ import annotations

import importlib.util
import warnings
from typing import TYPE_CHECKING

import numpy as np

import harness
from harness import studykit

if TYPE_CHECKING:
    from harness_plugins.studies.similarity.cells import Cells

TERMS = {
    "alike": "similarity, by standard deviation",
    "low": "low-resource language",
    "alike:low": "similarity in low-resource languages, more than in others",
    "same_format": "same format",
    "size": "training rows, by standard deviation of their logarithm",
}
LEAST = 3
"""Sources, targets and languages below which how much they vary cannot be told."""


def check_installed() -> None:
    """Refuse where statsmodels is not there.

    Raises:
        UserError: it is not.
    """
    if importlib.util.find_spec("statsmodels") is None:
        raise harness.UserError(
            "a mixed model needs statsmodels, which is not installed",
            code="no-statsmodels",
            where="--mixed",
            fix="pip install statsmodels, or leave --mixed out: the permutation tests do not need it",
        )


def mixed_table(cells: Cells, measure: str) -> tuple[studykit.Table | None, str]:
    """Gains as similarity, class of language, format and size explain them, beside sources, targets and languages.

    Returns:
        A row per term, or None and why there is none.
    """
    from statsmodels.regression.mixed_linear_model import MixedLM
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    frame = _frame(cells, measure)
    levels = {name: frame[name].nunique() for name in ("source", "target", "language")}
    few = [f"{count} {name}s" for name, count in levels.items() if count < LEAST]
    if few:
        return None, f"a mixed model needs {LEAST} or more of each: there are {', '.join(few)}"
    terms = [name for name in ("same_format", "size") if name in frame and frame[name].nunique() > 1]
    interacting = "alike * low" if frame["low"].nunique() > 1 else "alike"
    random = {name: f"0 + C({name})" for name in ("source", "target", "language", "pair")}
    with warnings.catch_warnings():
        # It says so itself, below: a variance of 0 is no failure.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        try:
            model = MixedLM.from_formula(
                " + ".join([f"gain ~ {interacting}", *terms]), frame, groups="all", vc_formula=random
            )
            found = model.fit(reml=True)
        except (np.linalg.LinAlgError, ValueError) as error:
            return None, f"the mixed model cannot be fitted: {error}"
    rows = []
    for name, about in TERMS.items():
        if name in found.fe_params.index:
            low, high = (float(one) for one in found.conf_int().loc[name])
            shown = (f"{found.fe_params[name]:+.2f}", f"[{low:+.2f}, {high:+.2f}]", f"{found.pvalues[name]:.2g}")
            rows.append(tuple(studykit.Cell(text=text) for text in (about, *shown)))
    title = f"Mixed model of {len(frame)} gains in points; effects of source, target, language and pair are random"
    told = "" if found.converged else "the mixed model did not converge: its numbers are not to be used"
    return studykit.Table(title, ("term", "points", "95 % interval (normal)", "p"), tuple(rows)), told


def _frame(cells: Cells, measure: str):  # type: ignore[no-untyped-def]
    """A row per source, target and language, as pandas has it."""
    import pandas as pd

    gain, alike, formats, sizes = cells.gain, cells.similarity[measure], cells.formats(), cells.sizes()
    rows = [
        {
            "gain": gain[cell, at],
            "alike": alike[cell, at],
            "same_format": formats[cell, at],
            "size": 0.0 if sizes is None else sizes[cell, at],
            "low": float(studykit.resource_class(language) == "low"),
            "source": source,
            "target": target,
            "language": language,
            "pair": f"{source} {target}",
            "all": 1,
        }
        for cell, (target, language) in enumerate(cells.places)
        for at, source in enumerate(cells.sources)
        if np.isfinite(gain[cell, at]) and np.isfinite(alike[cell, at])
    ]
    frame = pd.DataFrame(rows)
    for name in ("alike", "size"):
        spread = frame[name].std(ddof=0)
        frame[name] = (frame[name] - frame[name].mean()) / (spread if spread > 0 else 1.0)
    return frame
