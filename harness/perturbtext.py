"""Reads what `--perturb` asks for, such as `typo:2`, `typo:1:7+case:2` or `typo:2{rate=0.1}`.

condition = one { "+" one }            one = NAME ":" SEVERITY [":" SEED] [over]
over = "{" KEY "=" VALUE { "," KEY "=" VALUE } "}"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from harness.errors import SettingsError, UnknownName
from harness.outside import whole_number
from harness.perturbations import SEVERITIES, File, Perturbation, Transform, read_file
from harness.setting import Scalar, Setting, declared, parsed_value

QUOTED = r"""\"(?:[^\"\\]|\\.)*\"|'[^']*'"""
ONE = re.compile(rf"(?P<head>[^+{{]*)(?:\{{(?P<over>(?:{QUOTED}|[^}}\"])*)\}}\s*)?(?:\+|$)")
PAIR = re.compile(rf"\s*(?P<key>\w+)\s*=\s*(?P<value>{QUOTED}|[^,\"]*?)\s*(?:,|$)")


def parse_condition(text: str, known: Mapping[str, Perturbation]) -> tuple[Transform, ...]:
    """The transforms that a text asks for, one after the other.

    Args:
        known: the perturbations there are, by name.

    Raises:
        UnknownName: there is no such perturbation, or it has no such setting.
        SettingsError: it is not of that form, or a setting cannot have its value.
    """
    where, transforms, at = f"--perturb {text}", list[Transform](), 0
    while True:
        found = ONE.match(text, at)
        if not found:
            _refuse(text[at:], text[at:], where)
        transforms.append(_parse_one(found, known, where))
        at = found.end()
        if not found[0].endswith("+"):
            break
    names = [transform.name for transform in transforms]
    if len(set(names)) < len(names):
        raise SettingsError(
            f"{text!r} applies a perturbation twice",
            code="perturbation-twice",
            where=where,
            fix="name each once, with a higher severity",
        )
    return tuple(transforms)


def _parse_one(found: re.Match[str], known: Mapping[str, Perturbation], where: str) -> Transform:
    one = found["head"].strip()
    name, _, rest = one.partition(":")
    severity, colon, seed = rest.partition(":")
    if name and name not in known:
        raise UnknownName("perturbation", name, known, where=where)
    if severity not in map(str, SEVERITIES) or not name or (colon and whole_number(seed) is None):
        _refuse(one, name, where)
    perturbation = known[name]
    values = _values(perturbation, found["over"], where)
    changed = {key: value for key, value in values.items() if value != declared(perturbation.settings)[key].default}
    return Transform(
        name,
        perturbation.version,
        int(severity),
        whole_number(seed) or 0,
        tuple((key, value.path if isinstance(value, File) else value) for key, value in changed.items()),
        tuple((key, value.digest) for key, value in changed.items() if isinstance(value, File)),
    )


def _values(perturbation: Perturbation, over: str | None, where: str) -> dict[str, Scalar | File]:
    """The settings that are given, in the order in which the perturbation declares them.

    Args:
        over: what stands between the braces; None where there are none.
    """
    declared_ones = declared(perturbation.settings)
    given: dict[str, Scalar | File] = {}
    at = 0
    while over is not None and (at < len(over) or not over):
        pair = PAIR.match(over, at)
        if not pair or not pair["value"]:
            raise SettingsError(
                f"{over[at:].strip()!r} is not a setting and its value",
                code="malformed-setting",
                where=where,
                fix=f"write {perturbation.name}:2{{NAME=VALUE}}, several with commas between them",
            )
        key, at = pair["key"], pair.end()
        if key not in declared_ones:
            raise UnknownName("setting", key, declared_ones, where=where)
        if key in given:
            raise SettingsError(f"{key} is set twice", code="set-twice", where=where, fix="give it one value")
        given[key] = _value(declared_ones[key], pair["value"], where)
    for key, one in declared_ones.items():
        if one.type is File and key not in given and not one.default.optional:
            raise SettingsError(
                f"{perturbation.name} needs a file, {key}: {one.declaration.about}",
                code="perturbation-without-file",
                where=where,
                fix=f"write {perturbation.name}:1{{{key}=FILE}}",
            )
    try:
        perturbation.settings(**given)
    except SettingsError as error:
        error.where = where
        raise
    return {key: given[key] for key in declared_ones if key in given}


def _value(setting: Setting, text: str, where: str) -> Scalar | File:
    value: Any = parsed_value(text)
    if setting.type is File:
        return read_file(value if isinstance(value, str) else text, where)
    if setting.type is str and not isinstance(value, str):
        # Without quotes, nan is a number to TOML; a text is what was asked for.
        value = text
    found: Scalar = setting.coerced(setting.name, value, where)
    return found


def _refuse(one: str, name: str, where: str) -> NoReturn:
    found = re.match(r"[\w@-]+", name.strip())
    called = found[0] if found else "NAME"
    raise SettingsError(
        f"{one!r} is not a perturbation and its severity",
        code="not-a-perturbation",
        where=where,
        fix=f"write {called}:1, {called}:2 or {called}:3, perhaps with a seed, {called}:1:7, or with settings, "
        f"{called}:1{{NAME=VALUE}}; join several by +",
    )
