"""Marks of scores: the sign that tables show, and what each mark means."""

from __future__ import annotations

SIGNS = {
    "stand-in": "s",
    "limited": "l",
    "overlap": "o",
    "skipped": "k",
    "truncated": "t",
    "unknown": "u",
    "selected": "z",
    "constant": "c",
    "intermediate head": "h",
    "failed": "f",
}
MEANINGS = {
    "stand-in": "s  stand-in rows: not the dataset's official split, not to be reported as its score",
    "limited": "l  limited: only the first rows of each split",
    "overlap": "o  test rows share ids or texts with rows trained or selected on; see below",
    "skipped": "k  some rows could not be read and are not counted in n",
    "truncated": "t  some texts were longer than max_length, or questions than max_query_length, and were cut off",
    "unknown": "u  out of vocabulary: the model does not know more than a tenth of the tokens in this language",
    "selected": "z  not zero-shot: the checkpoint or the baseline's was selected on rows in other languages",
    "constant": "c  score or baseline gave every item the same prediction: nothing was learned, or all was forgotten",
    "intermediate head": "h  scored with the head of the intermediate phase; the baseline trained one of its own",
    "failed": "f  failed; the reason is below and in failures.txt",
}
