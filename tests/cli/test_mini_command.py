"""`xharness mini` says what the generated benchmark is, and shows rows that a reader of English understands."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from harness.sources.mini.recipes import RECIPES
from tests.fixtures import Cli


def lines_of(out: str) -> list[str]:
    return [line.rstrip() for line in out.splitlines()]


def test_describe_tells_languages_apart(cli: Cli) -> None:
    done = cli("mini", "describe")
    assert done.code == 0
    lines = lines_of(done.out)
    # By the definitions of harness/sources/mini/languages.py: qab has 0.3 of English's words and is verb-last; of the
    # 15 pairs of agent, negation, verb, patient, place, time 9 are the other way round in agent, time, place, patient,
    # negation, verb; it has 1.5 of 8.6 parts of the text.
    assert re.search(r"^ qab +Latin +SOV +before +-ko object +30 % +60 % +17 %$", "\n".join(lines), re.MULTILINE)
    assert re.search(r"^ qae +Georgian +SOV +after +-და past +0 % +60 % +9 %$", "\n".join(lines), re.MULTILINE)
    assert re.search(
        r"^unrelated +intermediate tasks share nothing with targets: no gain to be had$", "\n".join(lines), re.MULTILINE
    )
    assert all(re.search(rf"\b{task}\b", done.out) for task in RECIPES)


def test_each_gloss_stands_below_its_word(cli: Cli) -> None:
    lines = lines_of(cli("mini", "describe").out)
    (sentence,) = (number for number, line in enumerate(lines) if line.startswith("qac") and line.endswith("."))
    words, glosses = lines[sentence][5:], lines[sentence + 1][5:]
    starts = [found.start() for found in re.finditer(r"\S+", words)]
    assert [found.start() for found in re.finditer(r"\S+", glosses)] == starts
    assert glosses.split() == [
        *("wash-PAST", "the", "farmer", "old"),
        *("the", "dog", "big", "in", "the", "park", "on", "Monday."),
    ]


def test_describe_as_json(cli: Cli) -> None:
    facts = json.loads(cli("mini", "describe", "--json").out)
    verb_first = next(language for language in facts["languages"] if language["code"] == "qac")
    assert verb_first["affixes"] == {"past": "za-", "passive": "re-"}
    # Negation and verb come before the agent; the other 13 of the 15 pairs stand as in English.
    assert verb_first["distance"]["order"] == pytest.approx(2 / 15)
    assert verb_first["distance"]["shared_words"] == pytest.approx(0.2, abs=0.005)
    assert verb_first["distance"]["other_script"] is False
    roles = {task["name"]: task["role"] for task in facts["tasks"]}
    assert (roles["mnli"], roles["siqa"], roles["mlm"], roles["xnli"], roles["tatoeba"]) == (
        *("intermediate", "intermediate", "intermediate"),
        *("target", "target"),
    )
    assert facts["worlds"][0]["name"] == "standard"


def test_describe_a_task(cli: Cli) -> None:
    done = cli("mini", "describe", "tatoeba")
    assert done.code == 0
    said = {line[:12].strip(): line[12:].strip() for line in lines_of(done.out)}
    assert said["rows"] == "English sentences (source) and their translations (target)."
    assert said["test"] == "300 items in tales: qaa, qab, qac, qad, qae"
    assert said["scored by"] == "retrieval_accuracy, percent, on test rows"
    assert said["chance"] == "0.3"
    # Nothing is spelled alike, so all are equally near and the first is taken: right once in 300.
    assert said["shared words"].endswith("qae 0.3")


def test_describe_a_task_that_trains_on_another(cli: Cli) -> None:
    out = cli("mini", "describe", "xcopa").out
    assert re.search(r"trained on +rows of copa", out)
    assert not re.search(r"^train ", out, re.MULTILINE)


def test_describe_a_task_without_scores(cli: Cli) -> None:
    facts = json.loads(cli("mini", "describe", "mlm", "--json").out)
    assert (facts["scored"], facts["chance"], facts["shared_words"]) == (None, None, {})
    assert "chance" not in cli("mini", "describe", "mlm").out


def test_describe_a_task_whose_texts_are_compared_with_none(cli: Cli) -> None:
    out = " ".join(cli("mini", "describe", "multi30k").out.split())
    assert "the picture also shows their colours and places" in out
    assert "chance 0.8" in out
    assert "shared words" not in out
    assert json.loads(cli("mini", "describe", "multi30k", "--json").out)["shared_words"] == {}


def test_sample_shows_fields_gold_and_glosses(cli: Cli) -> None:
    row = json.loads(cli("mini", "sample", "hellaswag", "--count", "1", "--json").out)
    out = cli("mini", "sample", "hellaswag", "--count", "1").out
    lines = lines_of(out)
    assert lines[0] == "hellaswag, test, en; world standard, seed 0"
    assert f"{'context':12}{row['context']}" in lines
    assert [line.strip() for line in lines if re.search(r"\d: ", line)] == [
        ("choices     " if number == 0 else "") + f"{number}: {choice}" for number, choice in enumerate(row["choices"])
    ]
    assert f"gold label  {row['label']}" in lines


def test_sample_of_tags_stands_in_columns(cli: Cli) -> None:
    row = json.loads(cli("mini", "sample", "panx", "--language", "qab", "--count", "1", "--json").out)
    lines = [line[11:] for line in lines_of(cli("mini", "sample", "panx", "--language", "qab", "--count", "1").out)]
    tokens, glosses, tags = (line for line in lines[3:] if line)
    starts = [found.start() for found in re.finditer(r"\S+", tokens)]
    assert tokens.split() == row["tokens"]
    assert tags.split() == row["tags"]
    assert [tags[start:].split()[0] for start in starts] == row["tags"]
    assert glosses != tokens


def test_sample_of_retrieval_brings_what_is_to_be_found(cli: Cli) -> None:
    rows = [json.loads(line) for line in cli("mini", "sample", "lareqa", "--count", "1", "--json").out.splitlines()]
    queries = [row for row in rows if row["side"] == "query"]
    assert len(queries) == 1
    assert set(queries[0]["matches"]) <= {row["key"] for row in rows}


def test_sample_glosses_each_text_by_its_own_language(cli: Cli) -> None:
    out = cli("mini", "sample", "tatoeba", "--language", "qae", "--count", "1").out
    fields = [line for line in lines_of(out) if line.startswith("text ")]
    english, translation = fields
    assert english[6:].strip().isascii()
    assert not translation[6:].strip().isascii()
    lines = lines_of(out)
    assert not lines[lines.index(english) + 1].startswith("     ")
    assert set(re.findall(r"[A-Z]\w+", english)) <= set(re.findall(r"[A-Z]\w+", lines[lines.index(translation) + 1]))


def test_sample_of_a_picture_says_what_it_shows(cli: Cli) -> None:
    done = cli("mini", "sample", "multi30k", "--language", "qab", "--count", "1")
    row = json.loads(cli("mini", "sample", "multi30k", "--language", "qab", "--count", "1", "--json").out)
    assert row["image"]["content"] == "4,273 bytes"
    lines = lines_of(done.out)
    (shown,) = (line[6:].strip() for line in lines if line.startswith("image "))
    assert shown == row["image"]["name"]
    assert re.fullmatch(r"(\w+ \w+ at \d,\d)( and (\w+ \w+ at \d,\d))", shown)
    glosses = lines[next(number for number, line in enumerate(lines) if line.startswith("text ")) + 1]
    things = {part.split()[1] for part in shown.split(" and ")}
    assert things <= set(glosses.replace(".", "").split())


def test_a_question_without_answer_says_so(cli: Cli) -> None:
    rows = [json.loads(line) for line in cli("mini", "sample", "squad_v2", "--count", "9", "--json").out.splitlines()]
    shown = re.findall(r"^gold answers +(.*?) *$", cli("mini", "sample", "squad_v2", "--count", "9").out, re.MULTILINE)
    assert [text == "none" for text in shown] == [not row["answers"] for row in rows]
    assert "none" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["describe", "pawx"], "did you mean pawsx"),
        (["sample", "nonsense"], "there is no task 'nonsense'"),
        (["sample", "pawsx", "--world", "standart"], "did you mean standard"),
        (["sample", "pawsx", "--language", "de"], "mini has no test rows of task 'pawsx' in language 'de'"),
        (["sample", "xnli", "--split", "train"], "mini has validation: en, qaa"),
        (["sample", "xnli", "--seed", "-1"], "'--seed': -1 is not in the range"),
    ],
)
def test_what_mini_does_not_have_is_refused(cli: Cli, arguments: list[str], said: str) -> None:
    done = cli("mini", *arguments)
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_fit_the_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for command in (["describe"], ["describe", "tatoeba"], ["sample", "xquad", "--language", "qae"]):
        assert max(map(len, cli("mini", *command).out.splitlines())) <= width


def test_it_needs_no_torch() -> None:
    code = (
        "import sys\nfrom harness.cli.main import run\n"
        "code = run(['mini', 'describe', 'tatoeba'])\n"
        "print(code, *sorted({'torch', 'transformers', 'datasets', 'deepspeed'} & set(sys.modules)), sep=',')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0"
