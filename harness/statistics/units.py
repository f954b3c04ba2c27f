"""What has to be drawn together: items that share anything with each other, in one language or in several."""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def linked_units(labels: Sequence[Sequence[Sequence[Hashable]]]) -> list[list[int]]:
    """The unit of each item of several scores, such as those of the languages of a parallel task.

    Items that carry the same label are in one unit, and so are items that are linked by others: the questions of a
    passage in one language, and each of them in all its languages.

    Args:
        labels: of each score, of each item, the labels that it carries, such as its name, which its translations carry,
            too, and its language's name of the passage.
    """
    above: dict[Hashable, Hashable] = {}

    def top(label: Hashable) -> Hashable:
        path = []
        while (higher := above.setdefault(label, label)) != label:
            path.append(label)
            label = higher
        for passed in path:
            above[passed] = label
        return label

    tops = [[top(("item", part, place)) for place in range(len(items))] for part, items in enumerate(labels)]
    for part, items in enumerate(labels):
        for place, carried in enumerate(items):
            for label in carried:
                above[top(("label", label))] = top(("item", part, place))
    numbers: dict[Hashable, int] = {}
    return [[numbers.setdefault(top(own), len(numbers)) for own in items] for items in tops]
