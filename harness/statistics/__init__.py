"""Intervals, tests and what they allow to be said, without torch and without the rest of the harness.

Three questions, one method each, named in `answers` of every interval and test:

- `OTHER_ITEMS`: would this checkpoint score so on other items like these? `shares` for right or wrong items, else the
  bootstrap of sums (`joint`).
- `OTHER_SEEDS`: would this recipe score so with other seeds? Student's t over one value per seed (`intervals`).
- `OTHER_LANGUAGES`: would it in other languages? They are not drawn at random, so this is exploratory (`hierarchy`).

`answer` says what is answered to a question that was fixed before looking, `conclusion` what is said of a difference
between two sides that are compared; `power` how many seeds or items it would take.

What data cannot tell is `CannotConclude`, a `ValueError` whose text is a sentence for people: one seed where several
are needed, no items, numbers that are not finite, ties everywhere, a margin of zero. No function gives NaN or an
interval without width instead. Arguments that no data could have, such as arrays that do not fit together, are a plain
`ValueError`.
"""
