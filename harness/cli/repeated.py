"""What an option given more than once means, for every option of every command: lists are joined, others refused."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import click
from click.core import ParameterSource

from harness.errors import SettingsError, counted


class Names(click.ParamType[tuple[str, ...]]):
    """A comma-separated list of names."""

    name = "name,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The names, in order."""
        if isinstance(value, tuple):
            return value
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


class Numbers(click.ParamType[tuple[int, ...]]):
    """A comma-separated list of whole numbers."""

    name = "number,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The numbers, in order."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of whole numbers", param, ctx)


class Option(click.Option):
    """An option of which no occurrence is lost.

    Lists (`Names`, `Numbers`) are joined, as if given as one list. Options declared with `multiple` keep every value.
    Any other option with a value is refused the second time, and so is a flag beside its opposite; the same flag twice
    says nothing new and is accepted.
    """

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Have the parser keep each occurrence, where click's keeps the last one."""
        multiple, self.multiple = self.multiple, True
        try:
            super().add_to_parser(parser, ctx)
        finally:
            self.multiple = multiple

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        """The one value of all occurrences.

        Raises:
            SettingsError: they have more than one.
        """
        given = opts.get(self.name or "")
        if given and not self.multiple:
            value = given[-1] if ctx.resilient_parsing else self._one_of(given)
            opts = {**opts, str(self.name): value}
        return super().consume_value(ctx, opts)

    def _one_of(self, given: Sequence[Any]) -> Any:
        if len(given) == 1:
            return given[0]
        if isinstance(self.type, Names | Numbers):
            return ",".join(given)
        if not self.is_flag:
            times = "twice" if len(given) == 2 else counted(len(given), "time")
            raise SettingsError(
                f"{self.opts[0]} is given {times}: {', '.join(map(str, given))}",
                code="option-repeated",
                where="command line",
                fix="give it once; it takes one value",
            )
        if len(set(given)) > 1:
            raise SettingsError(
                f"{self.opts[0]} and {self.secondary_opts[0]} exclude each other",
                code="options-exclude-each-other",
                where="command line",
            )
        return given[0]


option = functools.partial(click.option, cls=Option)
"""`click.option` for the options of this program."""
