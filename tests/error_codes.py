"""The errors a user can fix, as the code has them: where each is raised, under which code and in which words."""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UnknownName, plural
from tests.trees import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parent.parent
FOLDERS = ("harness", "plugins")
FORM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

MEANINGS = {
    "bad-study-file": "a file of numbers that a study reads is not there, or a line of it cannot be used",
    "study-output-taken": "a study would be written where something else is, or nowhere",
    "candidates-of-selection": "too few candidates to select from, or something named twice",
    "loss-not-finite": "a loss of rows is infinite or not a number",
    "measure-of-what": "a plugin's measure says nothing, or too much, of what it is made from",
    "measure-undefined": "a measure has no value of these rows, as of one sentence or one class",
    "mixed-evidence": "scores that a study reads are of other rows, or by other versions of a task or metric",
    "rate-of-a-study": "learning rates that a study chooses between are no numbers, or fewer than two",
    "study-of-named-runs": "runs are named without --analyse-only, or not named with it",
    "not-a-published-table": "a published table cannot be read, lacks something, or has a value that is no percentage",
    "tasks-to-reproduce": "fewer than two tasks to compare, or a translation without its task",
    "study-without-runs": "a study asks for no runs with these options",
    "tasks-of-chains": "a chain needs two or three tasks, each once, and longer ones are among them",
    "tasks-of-similarity": "sources or targets to rank are named twice, not at all, or are one alone",
    "too-few-images": "images cannot be told apart, or exchanged, where there is one only",
    "set-twice": "a setting is given two values in one place",
    "malformed-arm": "the text of an arm cannot be read",
    "several-values-in-arm": "an arm sets what the run has several values of, or to several values",
    "token-cut-off": "texts have tokens that --trim-vocab has cut from the model",
    "unknown-key": "a table in a TOML file has a key that means nothing there",
    "stage-of-other-version": "a stage of a written plan would be another one with the code that is here",
    "stage-unregistered": "a stage is of a class that no plugin registers",
    "measure-of-unknown-rows": "a plugin's measure names a split or a kind that does not exist",
    "not-a-measure": "what a plugin's measure computes is no number",
    "stage-folder-unnamed": "a plugin's stage has a folder that does not begin with the name of its package",
    "blank-line": "a blank line where a file of predictions or labels must have none",
    "unknown-arm": "a run has no arm of this name, or nothing that can be chosen of it is called so",
    "cannot-trim": "the vocabulary of this model cannot be trimmed",
    "export-not-possible": "transformers has no class that computes what this model computes",
    "file-read-twice": "a map of files names a file twice",
    "package-changed": "the file of a package that carries a model is missing, cut off or another one",
    "files-differ-in-length": "two files whose lines belong together have different numbers of lines",
    "ids-out-of-order": "the two ids of a pair are the wrong way round",
    "layer-beyond-model": "the setting `layer` names a layer that the model does not have",
    "malformed-run-name": "what is to be the name of a run cannot be one",
    "max-length-too-short": "the setting `max_length` leaves no room beside special tokens",
    "metric-does-not-fit-task": "a metric cannot score a task of this kind",
    "metric-scores-nothing": "a metric scores none of the tasks that are asked for",
    "mini-encoder-broken": "the encoder that comes with mini is missing or was changed",
    "model-changed": "the model is not the one that the run started from",
    "no-mask-head": "a model has no head of its own that guesses masked tokens, and would be scored with it",
    "no-rows": "the data have no rows of this task, split and language",
    "no-tokenizer-files": "the model's directory has no tokenizer files",
    "no-training-rows": "an intermediate task has no training rows of its own that can be used",
    "not-a-fetch-list": "the list of fetched tables cannot be read",
    "not-a-json-object": "a JSON file holds something else than an object",
    "not-a-list": "a value is not a list of what it must be a list of",
    "not-a-pair": "a line of predictions or labels does not hold two ids",
    "not-a-record": "a line of a run's records does not follow their schema",
    "not-a-row-number": "a line of predictions is not the number of a row",
    "not-a-table": "a map of files has something else where a TOML table is expected",
    "not-a-tag": "a line of predictions or labels is not one of the task's tags",
    "not-an-answer": "the answer to a question is not a text",
    "not-an-encoder": "the model is not an encoder that was trained to fill in masks",
    "not-json": "a file that must be JSON is not, or is JSON that cannot be used",
    "not-of-benchmark": "a folder of predictions has a task or language that the benchmark does not have",
    "not-published-scores": "a file of published scores cannot be read, lacks a column, or has no percentage in a row",
    "not-squad-labels": "labels of questions are not laid out as SQuAD's, or hold something else than texts",
    "nothing-to-mask": "no text has a token that could be masked",
    "not-toml": "a settings file or a map of files is not TOML",
    "one-side-missing": "a search has nothing to ask about, or nothing to search",
    "options-exclude-each-other": "two options of a command exclude each other",
    "option-repeated": "an option that takes one value is given more than once",
    "output-exists": "the output exists already",
    "not-an-image-encoder": "a model is neither CLIP nor SigLIP, or its vision tower gives no vector for a whole image",
    "unknown-image-preparation": "images cannot be prepared as a model's preprocessor_config.json asks for",
    "package-missing": "a Python package that this needs is not installed",
    "placeholder-labels": "all gold labels are alike, as placeholders of hidden labels are",
    "plugin-failed": "a plugin failed, and XHARNESS_STRICT is set",
    "predictions-gone": "the predictions of a score are no longer in the store",
    "repeated-id": "an id appears more than once in a file",
    "run-without-scores": "the run has no scores, or none yet",
    "setting-without-effect": "a setting would change nothing in this run",
    "uneven-heads": "the number of attention heads does not divide the size of a state",
    "unknown-task": "there is no task, or no suite, of this name",
    "unreadable-file": "a file cannot be opened",
    "value-out-of-range": "a setting has a value outside its range",
    "weights-do-not-fit-config": "weights have other sizes than their configuration says",
    "wrong-number-of-items": "a file of predictions does not have one prediction for each item",
    "wrong-type": "a setting has a value of another type",
    "wrong-type-in-map": "a map of files has a value of another type",
}
"""What a code stands for whose errors are not all in the same words."""


@dataclass(frozen=True)
class Site:
    """A place where an error is made.

    Attributes:
        code: None where none is given and none is due: the class has one meaning, or a function passes a code on.
        sentence: what it says, "…" in place of what is only known when it happens; empty where it is made elsewhere.
    """

    module: str
    line: int
    code: str | None
    sentence: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}"


@functools.cache
def modules() -> Mapping[str, tuple[ast.AST, ...]]:
    """All parts of the syntax tree of each module, by its path in the project."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): nodes(path) for path in paths}


@functools.cache
def error_classes() -> Mapping[str, ast.ClassDef]:
    """Classes of errors by name: `UserError`, and what is derived from it."""
    classes = [node for parts in modules().values() for node in parts if isinstance(node, ast.ClassDef)]
    found: dict[str, ast.ClassDef] = {}
    while new := [
        node
        for node in classes
        if node.name not in found and (node.name == "UserError" or any(name_of(base) in found for base in node.bases))
    ]:
        found |= {node.name: node for node in new}
    return found


def name_of(node: ast.AST) -> str:
    """The last part of a dotted name; "" for any other expression."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def parameters(function: ast.FunctionDef) -> set[str]:
    return {one.arg for one in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]}


def has_one_meaning(error: str) -> bool:
    """Whether a class makes its message itself, so that the name of the class is the code."""
    own = [
        node for node in error_classes()[error].body if isinstance(node, ast.FunctionDef) and node.name == "__init__"
    ]
    if own:
        return "code" not in parameters(own[0])
    return any(
        has_one_meaning(name_of(base)) for base in error_classes()[error].bases if name_of(base) in error_classes()
    )


@functools.cache
def helpers() -> Mapping[str, str]:
    """Functions that make an error from a code or a noun that they are given: which of the two, by name."""
    found = {"UnknownName": "noun"}
    for parts in modules().values():
        for function in (node for node in parts if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if name_of(call.func) in error_classes() and function.name != "__init__":
                    passed = {name_of(one.value) for one in call.keywords if one.arg == "code"}
                    passed |= {name_of(one) for one in call.args[:1]} - {"code"}
                    found.update(
                        (function.name, one) for one in ("code", "noun") if one in passed & parameters(function)
                    )
    return found


@functools.cache
def sites() -> tuple[Site, ...]:
    return tuple(
        site
        for module, parts in modules().items()
        for call in parts
        if isinstance(call, ast.Call)
        for site in _sites(module, call)
    )


def sentences() -> dict[str, set[str]]:
    """What is said under each code."""
    found: dict[str, set[str]] = {}
    for site in sites():
        if site.code:
            found.setdefault(site.code, set()).add(site.sentence)
    return found


def meanings() -> dict[str, str]:
    """What each code stands for, in a line: its only sentence, or what MEANINGS says, or the class whose name it is."""
    said = {code: MEANINGS.get(code) or " ".join(sorted(filter(None, found))) for code, found in sentences().items()}
    classes = {
        re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower(): (ast.get_docstring(node) or "").partition("\n")[0]
        for name, node in error_classes().items()
        if name != "UnknownName" and has_one_meaning(name)
    }
    return dict(sorted((classes | said).items()))


def _sites(module: str, call: ast.Call) -> Iterator[Site]:
    name = name_of(call.func)
    codes = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    if helpers().get(name) == "noun":
        noun = sentence_of(call.args[0]) if call.args else ""
        # A function that is given the noun says it for all its callers.
        if noun and noun != "…":
            error = UnknownName(noun, "…", [])
            yield Site(module, call.lineno, error.code, error.what)
    elif name in error_classes() or (name in helpers() and codes):
        passed_on = bool(codes) and name_of(codes[0]) == "code"
        due = not passed_on and not (name in error_classes() and has_one_meaning(name))
        code = ast.literal_eval(codes[0]) if codes and not passed_on else "" if due else None
        yield Site(module, call.lineno, code, "" if code is None else first_sentence(call))


def first_sentence(call: ast.Call) -> str:
    """The first argument that is a text."""
    texts = [sentence_of(one) for one in call.args]
    return next((text for text in texts if text.strip(" …")), "")


def sentence_of(node: ast.AST) -> str:
    """A text as it stands in the code, "…" for each expression in it."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return re.sub("…[… ]*…", "…", "".join(sentence_of(part) for part in node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return sentence_of(node.left) + sentence_of(node.right)
    if isinstance(node, ast.FormattedValue):
        return sentence_of(node.value)
    if isinstance(node, ast.Call) and name_of(node.func) == "counted" and isinstance(node.args[1], ast.Constant):
        return f"… {plural(str(node.args[1].value))}"
    return "…"
