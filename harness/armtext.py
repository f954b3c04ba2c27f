"""Reads the text of an arm, such as `late: mnli{steps=300} > squad + qqp`; mistakes are shown where they stand.

    arm   = [LABEL ":"] chain             chain = "none" | phase { ">" phase }
    phase = mix | "(" mix ")" [over]      mix   = item { "+" item }
    over  = "{" KEY "=" VALUE { "," KEY "=" VALUE } "}"
    item  = (TASK | SUITE { ",-" TASK } | "target-english") [over]

Settings behind a group, or behind a phase's only item, are the phase's; behind an item of a mix, the task's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from harness.arms import LABEL, NONE, TARGET_ENGLISH, Arm, Phase, chain_text, phase_text
from harness.config import select_tasks
from harness.errors import SettingsError, UnknownName
from harness.hyper import Hyper
from harness.setting import KindSettings, Scalar, Setting, declared, parsed_value
from harness.visible import HIDDEN

if TYPE_CHECKING:
    from harness.registry import Registry

TOKEN = re.compile(r"\s*(?:(?P<name>[\w@][\w@.-]*)|(?P<out>,\s*-\s*[\w@][\w@.-]*)|(?P<over>\{)|(?P<sign>[>+()]))")
KEY = re.compile(r"\s*(?P<key>[\w.]*)\s*=?")
VALUE = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^,}"]*)""")
SEVERAL = re.compile(r"(?P<key>[\w.]+)\s*=\s*(?P<value>[^={},]*),\s*$")
BEHIND = len("  where: ")
"""Spaces that set further lines under the first one of where an error is."""

OF_TASKS = ("weighting", "rows", "encoding", "decoding")
"""Roles of hyper-parameters that a task of a mix has for itself."""


def parse_arm(text: str, registry: Registry, *, where: str = "--arm") -> Arm:
    """The arm of a text.

    Raises:
        SettingsError: the text is no arm; the message shows where.
        UnknownName: a task, suite or setting in it is not known.
    """
    return _Reader(text, registry, where).arm()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass
class _Item:
    """A task or suite of a mix, as it is written.

    Attributes:
        name: with the exclusions.
    """

    name: str
    tasks: tuple[str, ...]
    start: int
    end: int
    settings: dict[str, Scalar] = field(default_factory=dict)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Group:
    """A phase, and how it is written."""

    phase: Phase
    text: str


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str, registry: Registry, where: str) -> None:
        self._text = text
        self._registry = registry
        self._where = where
        self._at = 0

    def arm(self) -> Arm:
        """All of it."""
        label = self._label()
        token = self._peek()
        if token.kind == "name" and token.text == NONE:
            self._at = token.end
            self._end()
            return Arm(label=label)
        groups = [self._phase()]
        while self._take(">"):
            groups.append(self._phase())
        self._end()
        return Arm(tuple(group.phase for group in groups), label=label or chain_text(group.text for group in groups))

    def _label(self) -> str:
        found = LABEL.match(self._text)
        if not found:
            return ""
        label, start, end = found["label"], found.start("label"), found.end("label")
        check_label(label, self._registry, where=self._shown(start, end))
        self._at = found.end()
        return label

    def _phase(self) -> _Group:
        """A mix, with or without parentheses, and the settings of the whole."""
        opened = self._peek()
        if self._take("("):
            items = self._mix()
            if not self._take(")"):
                self._refuse("the group is not closed", opened.start, opened.end, fix="write ) behind its last task")
            whole = _Item(" + ".join(item.name for item in items), (), opened.start, self._at)
            self._overrides(whole)
        else:
            items = self._mix()
            whole = _Item("", (), self._at, self._at)
        (first, *others) = items
        if others:
            for item in items:
                self._check_of_tasks(item, items)
        else:
            twice = next((key for key in first.settings if key in whole.settings), None)
            if twice:
                self._refuse(f"{twice} is set twice", *whole.spans[twice], fix="give it one value")
            whole.settings = {**first.settings, **whole.settings}
            whole.spans = {**first.spans, **whole.spans}
            first.settings = {}
        self._check_of_phase(whole, items)
        return self._group(items, whole)

    def _group(self, items: Sequence[_Item], whole: _Item) -> _Group:
        tasks: dict[str, _Item] = {}
        own: dict[str, Scalar] = dict(whole.settings)
        shown = dict(whole.settings)
        for item in items:
            for task in item.tasks:
                if task in tasks:
                    self._refuse(f"{task} is in the phase twice", item.start, item.end, fix="name it once")
                tasks[task] = item
                own |= {f"tasks.{task}.{key}": value for key, value in item.settings.items()}
            shown |= {f"tasks.{item.name}.{key}": value for key, value in item.settings.items()}
        return _Group(Phase(tuple(tasks), own), phase_text([item.name for item in items], shown))

    def _mix(self) -> list[_Item]:
        items = [self._item()]
        while self._take("+"):
            items.append(self._item())
        return items

    def _item(self) -> _Item:
        token = self._peek()
        if token.kind != "name":
            self._expected("a task or a suite", token)
        if token.text == NONE:
            self._refuse("none stands alone: it is the arm without phases", token.start, token.end, fix="leave it out")
        self._at = token.end
        names = [token.text]
        while (out := self._peek()).kind == "out":
            self._at = out.end
            names.append("-" + out.text.lstrip(", -"))
        item = _Item(",".join(names), self._tasks(names, token.start), token.start, self._at)
        self._overrides(item)
        return item

    def _tasks(self, names: Sequence[str], start: int) -> tuple[str, ...]:
        shown = self._shown(start, self._at)
        known = {*self._registry.tasks, *self._registry.suites, TARGET_ENGLISH, "all"}
        unknown = next((name for name in names if name.removeprefix("-") not in known), None)
        if unknown:
            place = self._text.index(unknown.removeprefix("-"), start)
            shown = self._shown(place, place + len(unknown.removeprefix("-")))
            raise UnknownName("task or suite", unknown.removeprefix("-"), known, where=shown)
        try:
            return select_tasks(self._registry, names, all_means="intermediate", also=(TARGET_ENGLISH,))
        except SettingsError as error:
            raise SettingsError(error.what, code=error.code, where=shown, fix=error.fix) from None

    def _overrides(self, item: _Item) -> None:
        """Settings in braces behind an item or a group."""
        opened = self._peek()
        if opened.kind != "over":
            return
        self._at = opened.end
        while True:
            key, value = self._setting(opened)
            if key in item.settings:
                self._refuse(f"{key} is set twice", *item.spans[key], fix="give it one value")
            item.settings[key], item.spans[key] = value
            sign = self._text[self._at : self._at + 1]
            self._at += 1
            if sign == "}":
                item.end = self._at
                return

    def _setting(self, opened: _Token) -> tuple[str, tuple[Scalar, tuple[int, int]]]:
        found = KEY.match(self._text, self._at)
        assert found, "an empty key matches"
        if not found["key"] or not found[0].endswith("="):
            self._refuse_several(found["key"])
            end = max(found.end(), found.start("key") + 1)
            self._refuse("a setting is NAME=VALUE", found.start("key"), end, fix="write it so: {steps=300}")
        start, end = found.span("key")
        value = VALUE.match(self._text, found.end())
        assert value, "an empty value matches"
        self._at = value.end() + len(self._text[value.end() :]) - len(self._text[value.end() :].lstrip())
        if self._text[self._at : self._at + 1] not in ("}", ","):
            self._refuse("the braces are not closed", opened.start, opened.end, fix="write } behind the last setting")
        if not value[1].strip():
            self._refuse(f"{found['key']} has no value", start, found.end(), fix="write NAME=VALUE")
        parsed = parsed_value(value[1].strip())
        if not isinstance(parsed, bool | int | float | str):
            self._refuse(f"{found['key']} takes one value", start, value.end(), fix="write NAME=VALUE")
        return found["key"], (parsed, (start, self._at))

    def _refuse_several(self, word: str) -> None:
        """Refuse several values of a setting, where the last of them that was read is followed by another one."""
        before = SEVERAL.search(self._text[: self._at])
        rest = self._text[self._at :].partition("}")[0]
        if before and rest.strip() and "=" not in rest and word not in declared(Hyper):
            values = f"{before['key']}={before['value']},{rest.strip()}"
            self._refuse(
                f"{before['key']} takes one value in an arm's text",
                before.start(),
                self._at + len(rest),
                fix=f"several values give every arm once for each: --set {values}",
            )

    def _check_of_tasks(self, item: _Item, items: Sequence[_Item]) -> None:
        """Refuse settings of one task of a mix that no task has for itself."""
        known = {name: one for name, one in declared(Hyper).items() if one.declaration.role in OF_TASKS}
        for key in item.settings:
            if key in declared(Hyper) and key not in known:
                mix = " + ".join(one.name for one in items)
                fix = f"write it behind the group: ({mix}){{{key}={item.settings[key]}}}"
                self._refuse(f"{key} is a phase's and not a task's", *item.spans[key], fix=fix)
        self._check_names(item, known, item.tasks)

    def _check_of_phase(self, whole: _Item, items: Sequence[_Item]) -> None:
        """Refuse settings of a phase that only a task of a mix can have."""
        known = {name: one for name, one in declared(Hyper).items() if one.declaration.role != "weighting"}
        for key, value in whole.settings.items():
            if key in declared(Hyper) and key not in known:
                fix = f"write it behind one of several tasks: {items[0].name}{{{key}={value}}} + ..."
                self._refuse(f"{key} is a task's share of a mix, and not a phase's", *whole.spans[key], fix=fix)
        self._check_names(whole, known, [task for item in items for task in item.tasks])

    def _check_names(self, item: _Item, shared: Mapping[str, Setting], tasks: Sequence[str]) -> None:
        for key, value in item.settings.items():
            readers = [own[key] for own in (shared, *map(declared, self._kind_settings(tasks))) if key in own]
            shown = self._shown(*item.spans[key])
            if not readers:
                names = {*shared, *(name for own in self._kind_settings(tasks) for name in declared(own))}
                raise UnknownName("hyper-parameter", key, names, where=shown)
            readers[0].check_bounds(readers[0].coerced(key, value, shown), shown)

    def _kind_settings(self, tasks: Sequence[str]) -> Iterator[type[KindSettings]]:
        """What the kinds of tasks read alone; a target's own task may be of any kind."""
        if TARGET_ENGLISH in tasks:
            yield from (kind.settings for kind in self._registry.kinds.values())
        for task in tasks:
            if task != TARGET_ENGLISH:
                yield self._registry.kind(self._registry.task(task).kind).settings

    def _peek(self) -> _Token:
        found = TOKEN.match(self._text, self._at)
        if not found:
            start = self._at + len(self._text[self._at :]) - len(self._text[self._at :].lstrip())
            return _Token("", self._text[start : start + 1], start, min(start + 1, len(self._text)))
        kind = str(found.lastgroup)
        return _Token(kind, found[kind], found.start(kind), found.end(kind))

    def _take(self, sign: str) -> bool:
        token = self._peek()
        if token.text == sign:
            self._at = token.end
        return token.text == sign

    def _end(self) -> None:
        token = self._peek()
        if token.text:
            self._expected("> or +", token)

    def _expected(self, what: str, token: _Token) -> NoReturn:
        found = repr(token.text) if token.text else "the end"
        fix = "an arm is written so: mnli + qqp > squad{steps=300}"
        if token.text == ",":
            fix = "write + between tasks that are mixed, > between tasks that come one after the other"
        self._refuse(f"{what} is expected, not {found}", token.start, token.end, fix=fix)

    def _refuse(self, what: str, start: int, end: int, *, fix: str) -> NoReturn:
        raise SettingsError(what, code="malformed-arm", where=self._shown(start, end), fix=fix)

    def _shown(self, start: int, end: int) -> str:
        """Where something is: the text, and a line that points at the place."""
        text = self._text.replace("\n", " ").replace("\t", " ")
        behind = " " * BEHIND
        return f"{self._where}\n{behind}{text}\n{behind}{' ' * start}{'^' * max(1, end - start)}"


def check_label(label: str, registry: Registry, *, where: str) -> None:
    """Refuse a label that cannot be told from something else.

    Raises:
        SettingsError: so it is.
    """
    taken = {*registry.tasks, *registry.suites, TARGET_ENGLISH, NONE, "all"}
    if (
        not label
        or label in taken
        or set(label) & set(':>+(){}/\\"')
        or HIDDEN.search(label)
        or label != label.strip()
        or "," in label
    ):
        reserved = {
            NONE: "means the arm without intermediate training",
            "all": "means all intermediate tasks",
            TARGET_ENGLISH: "means the target's own training task",
        }
        why = reserved.get(label, "is the name of a task or suite" if label in taken else "cannot be one")
        raise SettingsError(
            f"the label {label!r} {why}",
            code="bad-arm-label",
            where=where,
            fix="use letters, digits and spaces, such as late: mnli > squad",
        )
