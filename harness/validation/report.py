"""What checks find out about a task: findings, some of them problems, and facts by language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.errors import UserError, in_words


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a check has to say.

    Attributes:
        check: the check's name.
        problem: whether it has to be fixed before the task's scores mean anything.
    """

    check: str
    what: str
    problem: bool = False
    where: str = ""
    fix: str = ""

    def __str__(self) -> str:
        lines = [f"{'problem' if self.problem else 'ok'}: {self.check}: {self.what}"]
        lines += [f"  where: {self.where}"] if self.where else []
        lines += [f"  fix:   {self.fix}"] if self.fix else []
        return "\n".join(lines)


@dataclass
class Outcome:
    """What one check found.

    Attributes:
        facts: by language, by name of the fact.
    """

    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def say(self, check: str, what: str, *, where: str = "", fix: str = "") -> None:
        """Add what is as it should be, or need not be fixed."""
        self.findings.append(Finding(check=check, what=what, where=where, fix=fix))

    def refuse(self, check: str, what: str, *, where: str = "", fix: str = "") -> None:
        """Add a problem."""
        self.findings.append(Finding(check=check, what=what, problem=True, where=where, fix=fix))

    def refuse_error(self, check: str, error: BaseException, *, where: str = "", fix: str = "") -> None:
        """Add what went wrong in the task's own code, or in a row, as a problem."""
        if isinstance(error, UserError):
            places = "; ".join(filter(None, [where, error.where]))
            self.refuse(check, error.what, where=places, fix=error.fix or fix)
        else:
            self.refuse(check, in_words(error), where=where, fix=fix)

    def fact(self, language: str, **facts: Any) -> None:
        """Add facts about a language."""
        self.facts.setdefault(language, {}).update(facts)


@dataclass(frozen=True, kw_only=True)
class TaskReport:
    """All that was found out about one task.

    Attributes:
        data: where its rows came from.
        model: the model whose tokenizer and encoder were used; "" where no check came to that.
        limit: items of each split that were looked at, 0 for all.
        languages: facts by language: how many rows "train", "validation" and "test" have and how many are "skipped";
            what percent of rows is "truncated" and of tokens "unknown"; "pieces", the units a row; the scores "gold"
            and "shuffled" by metric.
    """

    task: str
    kind: str
    data: str
    model: str
    limit: int
    languages: Mapping[str, Mapping[str, Any]]
    findings: Sequence[Finding]

    @property
    def problems(self) -> list[Finding]:
        """The findings that have to be fixed."""
        return [finding for finding in self.findings if finding.problem]

    def to_json(self) -> dict[str, Any]:
        """As `xharness validate --json` prints it."""
        return asdict(self) | {"ok": not self.problems}
