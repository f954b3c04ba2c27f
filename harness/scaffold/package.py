"""Writes a third party's package with one task: its module, sample rows, a test, and how to install it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import SettingsError, StoreError
from harness.outputs import write_output
from harness.registry import Registry
from harness.scaffold.templates import Template, find_template
from harness.sources.base import SPLITS
from harness.version import __version__

NAME = re.compile(r"[a-z][a-z0-9_]*[a-z0-9]")
"""Of tasks whose name is a part of a Python module's."""

MODULE = '''"""NAME: say here what the task asks."""

from collections.abc import Callable

import harness

FILES = FILES_OF


def read(record: harness.Record) -> harness.ROW_CLASS:
    return ROW


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(
        harness.Task(
            name="NAME",
            kind="KIND",
TASK_FIELDS
            formats={"jsonl": harness.Format(reader="jsonl", row=read, files=FILES)},
        )
    )
'''

PROJECT = """[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "xharness-DASHED"
version = "0.1.0"
description = "The task NAME for xharness"
requires-python = ">=3.11"
dependencies = ["xharness>=VERSION"]

[project.entry-points.xharness]
NAME = "xharness_NAME"

[tool.setuptools]
py-modules = ["xharness_NAME"]
"""

TEST = """from pathlib import Path

from harness.testing import check_task

DATA = Path(__file__).parent / "data"


def test_NAME_can_be_used() -> None:
    check_task("NAME", data=DATA)
"""

README = """# xharness-DASHED

The task `NAME` for xharness, of kind `KIND`.

```console
$ pip install -e .
$ pytest
$ xharness validate NAME --data tests/data
$ xharness show NAME --data tests/data
$ xharness train TRAINED --data tests/data --model scratch
```

The last one trains a small encoder with random weights, to see a run from beginning to end: its scores say nothing.
Real ones take your own rows and a pretrained model, such as `--model xlm-roberta-base`.

`tests/data` has sample rows: LAYOUT_OF.
Put your own rows into such files, change `read` in `xharness_NAME.py` to what they hold, and give their directory as
`--data`. Then replace the sample rows by a few of yours that you may publish.
"""


def write_package(name: str, kind: str, to: Path, registry: Registry) -> list[Path]:
    """Write the package `xharness-NAME` below a directory; the files, in the order a reader wants them.

    Raises:
        SettingsError: the name cannot be used or is taken, or the directory exists.
        UnknownName: no such kind.
    """
    if not NAME.fullmatch(name):
        raise SettingsError(
            f"a task cannot be called {name!r}",
            code="bad-task-name",
            fix="take small letters, digits and '_', a letter first",
        )
    if name in registry.tasks:
        plugin = registry.owner("task", name)
        raise SettingsError(
            f"there is a task {name!r} already, of {plugin.distribution}", code="task-exists", fix="take another name"
        )
    template = find_template(kind)
    directory = to / f"xharness-{name.replace('_', '-')}"
    if directory.exists():
        raise SettingsError(
            "it exists already", code="output-exists", where=str(directory), fix="take another name, or another --to"
        )
    written = []
    for path, text in _files(name, kind, template).items():
        try:
            write_output(directory / path, text.encode(), option="--to")
        except StoreError:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        written.append(directory / path)
    return written


def _files(name: str, kind: str, template: Template) -> Mapping[str, str]:
    """Contents by path."""
    samples = {
        (split, language): records
        for split in SPLITS
        for language in template.languages
        if (records := template.records(split, language))
    }
    splits = [split for split in SPLITS if any(split == used for used, _ in samples)]
    fields = {"languages": template.languages, "labels": template.labels, "metrics": template.metrics}
    values = {
        "DASHED": name.replace("_", "-"),
        "VERSION": __version__,
        "KIND": kind,
        "ROW_CLASS": template.row.partition("(")[0].removeprefix("harness."),
        "ROW": template.row,
        "FILES_OF": f'{{split: f"{name}/{{{{language}}}}/{{split}}.jsonl" for split in {_tuple(splits)}}}',
        "TASK_FIELDS": "\n".join(f"            {field}={_tuple(items)}," for field, items in fields.items() if items),
        "LAYOUT_OF": f"`{name}/LANGUAGE/SPLIT.jsonl` with splits {', '.join(splits)}",
        "TRAINED": template.trained.replace("NAME", name),
        "NAME": name,
    }
    texts = {
        f"xharness_{name}.py": MODULE,
        "pyproject.toml": PROJECT,
        f"tests/test_{name}.py": TEST,
        "README.md": README,
    }
    files = {path: _filled(text, values) for path, text in texts.items()}
    for (split, language), records in samples.items():
        lines = (json.dumps(record, ensure_ascii=False) for record in records)
        files[f"tests/data/{name}/{language}/{split}.jsonl"] = "".join(f"{line}\n" for line in lines)
    return files


def _filled(text: str, values: Mapping[str, str]) -> str:
    pattern = re.compile("|".join(sorted(values, key=len, reverse=True)))
    return pattern.sub(lambda found: values[found[0]], text)


def _tuple(items: Sequence[str]) -> str:
    return f"({', '.join(json.dumps(item) for item in items)}{',' * (len(items) == 1)})"
