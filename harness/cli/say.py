"""Prints lines that are no table, such as JSON, with nothing in them that a terminal would obey."""

from __future__ import annotations

import click

from harness.visible import visible


def say(text: str, *, err: bool = False, end: str = "\n") -> None:
    """Print a text.

    Args:
        err: to standard error.
    """
    click.echo(visible(f"{text}{end}", lines=True), err=err, nl=False)
