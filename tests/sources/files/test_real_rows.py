"""Every real file of tests/real_rows.toml, and others in the same formats, are read to the last row."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.registry import Registry
from harness.sources.base import SPLITS
from harness.sources.files.readers import find_reader
from harness.sources.files.source import FilesSource, open_files
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.sources.base import Split

MAP = Path(__file__).parents[2] / "real_rows.toml"
REGISTRY = Registry()

# Rows by task, split and language; counted in the files by other means than these readers.
COUNTS = {
    ("anli", "train", "en"): 514 + 5000 + 5000,
    ("anli", "validation", "en"): 1000 + 1000 + 1198,
    ("anli", "test", "en"): 800 + 800 + 1000,
    ("ccg", "train", "en"): 5000,
    ("ccg", "validation", "en"): 1174,
    ("ccg", "test", "en"): 1053,
    ("commonsenseqa", "train", "en"): 5000,
    ("commonsenseqa", "validation", "en"): 1221,
    ("cosmosqa", "train", "en"): 2000,
    ("cosmosqa", "validation", "en"): 700,
    ("hellaswag", "train", "en"): 1000 + 3000,
    ("hellaswag", "validation", "en"): 1000,
    ("mnli", "train", "en"): 5000,
    ("mnli", "validation", "en"): 2000,
    ("snli", "train", "en"): 5000,
    ("snli", "validation", "en"): 1289 - 16,
    ("snli", "test", "en"): 1277 - 23,
    ("pawsx", "train", "en"): 1000,
    ("pawsx", "validation", "en"): 500,
    ("pawsx", "test", "de"): 2000,
    ("pawsx", "test", "en"): 500,
    ("pawsx", "test", "es"): 500,
    ("pawsx", "test", "fr"): 500,
    ("pawsx", "test", "ja"): 500,
    ("pawsx", "test", "ko"): 500,
    ("pawsx", "test", "zh"): 2000,
    ("qqp", "train", "en"): 5000,
    ("qqp", "validation", "en"): 2000,
    ("squad", "train", "en"): 3807,
    ("squad", "validation", "en"): 810,
    ("squad_v2", "train", "en"): 4719,
    ("squad_v2", "validation", "en"): 1407,
}
TATOEBA = REGISTRY.task("tatoeba").languages
SMALL_TATOEBA = {"jv": 205, "ka": 746, "kk": 575, "ml": 687, "sw": 390, "ta": 307, "te": 234, "th": 548}
COUNTS |= {("tatoeba", "test", language): 2 * SMALL_TATOEBA.get(language, 1000) for language in TATOEBA}
COUNTS["lareqa", "train", "en"] = COUNTS["squad", "train", "en"]
COUNTS |= {("lareqa", "test", language): 1190 + 13014 for language in REGISTRY.task("lareqa").languages}

UNLABELLED = {("snli", "validation", "en"): 16, ("snli", "test", "en"): 23}
"""Pairs that the annotators did not agree on."""
OFFICIAL = {("commonsenseqa", "validation", "en"), ("pawsx", "test", "de"), ("pawsx", "test", "zh")}
OFFICIAL |= {("lareqa", "test", language) for language in REGISTRY.task("lareqa").languages}
OFFICIAL |= {("tatoeba", "test", language) for language in TATOEBA}

# Treebanks have 400 sentences here, or all they have where these are fewer; there is none of Wolof.
UDPOS = tuple(language for language in REGISTRY.task("udpos").languages if language != "wo")
COUNTS |= {("udpos", "train", "en"): 5000, ("udpos", "validation", "en"): 1000}
COUNTS |= {
    ("udpos", "test", language): {"lt": 55, "mr": 47, "ta": 120, "te": 146, "tl": 55, "yo": 100}.get(language, 400)
    for language in UDPOS
}
PANX = tuple(language for language in REGISTRY.task("panx").languages if language != "th")
WHOLE_PANX = (
    "af",
    "bn",
    "hi",
    "jv",
    "kk",
    "ml",
    "mr",
    "ms",
    "my",
    "sw",
    "ta",
    "te",
    "tl",
    "ur",
    "yo",
    "az",
    "gu",
    "pa",
    "qu",
)
SMALL_PANX = ("gu", "jv", "my", "pa", "qu", "yo")
COUNTS["panx", "train", "en"] = 5000
COUNTS |= {("panx", "validation", language): 100 if language in SMALL_PANX else 1000 for language in PANX}
COUNTS |= {("siqa", "train", "en"): 5000, ("siqa", "validation", "en"): 1954}
COUNTS |= {("copa", "train", "en"): 400, ("copa", "validation", "en"): 100, ("copa", "test", "en"): 500}
XCOPA = tuple(language for language in REGISTRY.task("xcopa").languages if language not in ("ht", "qu"))
COUNTS |= {("xcopa", split, language): n for split, n in (("validation", 100), ("test", 500)) for language in XCOPA}
COUNTS["bucc2018", "validation", "zh"] = 8624 + 13589
OFFICIAL |= {("panx", "validation", language) for language in WHOLE_PANX}
OFFICIAL |= {("copa", split, "en") for split in SPLITS} | {("siqa", "validation", "en")}
OFFICIAL |= {("xcopa", split, language) for split in ("validation", "test") for language in XCOPA}
OFFICIAL |= {("bucc2018", "validation", "zh")}

MULTI30K = {"train": 5000, "validation": 1014, "test": 1000}
COUNTS |= {("multi30k", split, language): n for split, n in MULTI30K.items() for language in ("en", "de", "fr", "cs")}
WIT = {"ar": 890, "bg": 860, "da": 891, "el": 570, "et": 874, "id": 901, "ko": 931, "tr": 721, "vi": 946}
COUNTS |= {("wit", "test", language): WIT.get(language, 1000) for language in REGISTRY.task("wit").languages}
COUNTS |= {("xflickrco", "test", language): 2000 for language in REGISTRY.task("xflickrco").languages}
COUNTS |= {("xtd10", "test", language): 1000 for language in REGISTRY.task("xtd10").languages}
COUNTS["flickr8k", "train", "en"] = 4000
OFFICIAL |= {key for key in COUNTS if key[0] in ("wit", "xflickrco", "xtd10")}
OFFICIAL |= {key for key in COUNTS if key[0] == "multi30k" and key[1] != "train"}

COUNTS |= {("xnli", "validation", language): 500 for language in REGISTRY.task("xnli").languages}
COUNTS |= {("xnli", "test", language): 2000 for language in REGISTRY.task("xnli").languages}
XQUAD = tuple(language for language in REGISTRY.task("xquad").languages if language != "ro")
COUNTS |= {("xquad", "test", language): 1190 for language in XQUAD}
MLQA = {"ar": 517, "de": 512, "en": 1148, "es": 500, "hi": 507, "vi": 511, "zh": 504}
COUNTS |= {("mlqa", "validation", language): n for language, n in MLQA.items()}
COUNTS |= {("tydiqa", "test", language): 400 for language in ("en", "ko", "sw")}
COUNTS["tydiqa", "train", "en"] = 3296
OFFICIAL |= {key for key in COUNTS if key[0] in ("xquad", "mlqa")}


@pytest.fixture(scope="module")
def source(shared: Path) -> FilesSource:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XHARNESS_SHARED", str(shared))
        return open_files(MAP, REGISTRY)


def load(source: FilesSource, task: str, split: str, language: str = "en") -> Split:
    return source.load(REGISTRY.task(task), split, language)


def rows(split: Split) -> list[Any]:
    return list(split.rows)


def test_the_map_has_exactly_these_splits(source: FilesSource) -> None:
    listed = {
        (task.name, split, language)
        for task in REGISTRY.tasks.values()
        # Variants have rows of their tasks.
        if task.name == task.base
        for split in SPLITS
        for language in source.languages(task, split)
    }
    assert listed == set(COUNTS)


@pytest.mark.parametrize(("task", "split", "language"), COUNTS)
def test_every_row_is_read(task: str, split: str, language: str, source: FilesSource) -> None:
    loaded = load(source, task, split, language)
    unlabelled = [row for row in loaded.skipped if row.reason.startswith("label '-' is none of")]
    assert [str(row) for row in loaded.skipped if row not in unlabelled] == []
    assert len(unlabelled) == UNLABELLED.get((task, split, language), 0)
    assert len(loaded.rows) == len(loaded.keys) == len(set(loaded.keys)) == COUNTS[task, split, language]
    assert loaded.stand_in == ((task, split, language) not in OFFICIAL)
    assert ("stand-in: " in loaded.origin) == loaded.stand_in


@pytest.mark.parametrize(
    ("task", "split", "labels"),
    [
        ("anli", "validation", {"entailment": 1070, "neutral": 1066, "contradiction": 1062}),
        ("mnli", "validation", {"entailment": 697, "neutral": 607, "contradiction": 696}),
        ("snli", "validation", {"entailment": 433, "neutral": 421, "contradiction": 1289 - 16 - 433 - 421}),
        ("qqp", "validation", {"not_duplicate": 995, "duplicate": 1005}),
        ("hellaswag", "validation", {0: 267, 1: 228, 2: 266, 3: 239}),
        ("cosmosqa", "validation", {0: 160, 1: 184, 2: 170, 3: 186}),
        ("siqa", "validation", {0: 643, 1: 654, 2: 657}),
        ("copa", "train", {0: 195, 1: 205}),
        ("commonsenseqa", "validation", {0: 239, 1: 255, 2: 241, 3: 251, 4: 235}),
        ("pawsx", "validation", {"0": 279, "1": 221}),
        ("xnli", "validation", {"entailment": 167, "neutral": 167, "contradiction": 166}),
        ("xnli", "test", {"entailment": 667, "neutral": 666, "contradiction": 667}),
    ],
)
def test_labels_are_as_many_as_in_the_files(
    task: str, split: str, labels: dict[str | int, int], source: FilesSource
) -> None:
    assert Counter(row.label for row in rows(load(source, task, split))) == labels


@pytest.mark.parametrize(
    ("task", "split", "unanswerable"),
    [("squad", "train", 0), ("squad_v2", "train", 348), ("squad_v2", "validation", 702)],
)
def test_answers_stand_where_they_are_said_to(task: str, split: str, unanswerable: int, source: FilesSource) -> None:
    questions = rows(load(source, task, split))
    assert sum(not row.answers for row in questions) == unanswerable
    assert all(row.context[answer.start :].startswith(answer.text) for row in questions for answer in row.answers)


def test_xnli_and_xquad_are_the_same_items_in_every_language(source: FilesSource) -> None:
    labels = {
        tuple(row.label for row in rows(load(source, "xnli", "test", language)))
        for language in REGISTRY.task("xnli").languages
    }
    assert len(labels) == 1
    for language in XQUAD:
        split = load(source, "xquad", "test", language)
        # Ids repeat from language to language, so that the file is part of the key.
        assert split.rows[0].id == "56beb4343aeaaa14008c925b"
        assert split.keys[0] == f"xquad/xquad.{language}.json:1"


def test_answers_of_other_languages_stand_where_they_are_said_to(source: FilesSource) -> None:
    """Files with contexts stripped of outer blanks, as some copies have them, would put 100 of xquad's in zh wrong."""
    shifted = {}
    for task, split, languages in (("xquad", "test", XQUAD), ("mlqa", "validation", tuple(MLQA))):
        for language in languages:
            questions = rows(load(source, task, split, language))
            assert all(row.context[a.start :].startswith(a.text) for row in questions for a in row.answers)
            stripped = [(row.context.strip()[a.start :], a.text) for row in questions for a in row.answers]
            shifted[task, language] = sum(not text.startswith(answer) for text, answer in stripped)
    expected = {"zh": 100, "ar": 26, "hi": 13, "th": 10, "en": 5, "es": 5, "ru": 5, "vi": 5}
    assert {language: n for (task, language), n in shifted.items() if n and task == "xquad"} == expected
    assert not any(n for (task, _), n in shifted.items() if task == "mlqa")


def test_ids_that_were_cut_repeat_and_keys_do_not(source: FilesSource) -> None:
    split = load(source, "tydiqa", "train")
    assert len({row.id for row in split.rows}) == 86
    assert len(set(split.keys)) == 3296
    # Such ids are row numbers, by which nothing overlaps.
    assert max(len(row.id) for row in split.rows) < 8


def test_questions_whose_answers_were_taken_out_are_refused(shared: Path, tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    table = '[tydiqa.test]\nfile = "blanked_dev/tydiqa.goldp.{language}.dev.json"\nformat = "xtreme"\n'
    table += 'languages = ["te"]\n'
    path.write_text(f'root = "{shared.as_posix()}/data/tydiqa"\n{table}')
    with raises_code("no-readable-row", "test", "tydiqa", "te"):
        load(open_files(path, REGISTRY), "tydiqa", "test", "te")


def test_the_published_file_of_tydiqa_tells_languages_by_ids(shared: Path, tmp_path: Path) -> None:
    """XTREME's blanked development files keep the ids that Google's one training file has."""
    ids = []
    for language in ("ar", "fi", "te"):
        file = shared / "data" / "tydiqa" / "blanked_dev" / f"tydiqa.goldp.{language}.dev.json"
        ids += [line.record["id"] for line in find_reader("squad").read(file) if line.record]
    language_of = REGISTRY.task("tydiqa").formats["goldp"].language_of
    assert language_of is not None
    assert Counter(language_of({"id": name}) for name in ids) == {"ar": 921, "fi": 782, "te": 669}


def test_ccg_has_one_category_a_token(source: FilesSource) -> None:
    sentences = rows(load(source, "ccg", "train"))
    assert sum(len(row.tokens) for row in sentences) == sum(len(row.tags) for row in sentences) == 32396
    assert sentences[0].tokens[:3] == ("A", "girl", "is")
    assert sentences[0].tags[:3] == ("np/n", "n", "(s:dcl\\np)/(s:ng\\np)")
    assert "Celestial Seasonings" in {token for row in sentences for token in row.tokens}


def test_tatoeba_asks_in_english_and_searches_the_other_language(source: FilesSource) -> None:
    sentences = rows(load(source, "tatoeba", "test", "de"))
    german = next(row for row in sentences if row.text == "Maria sagte, sie wisse nicht, wo Tom sei.")
    (english,) = (row for row in sentences if row.side == "source" and row.key in german.matches)
    assert german.side == "target"
    assert english.matches == (german.key,)
    assert english.text == "Mary said she didn't know where Tom was."


def test_lareqa_asks_in_one_language_and_searches_all(source: FilesSource) -> None:
    found = rows(load(source, "lareqa", "test", "th"))
    queries = [row for row in found if row.side == "query"]
    candidates = {row.key: row for row in found if row.side == "candidate"}
    # The sentences of each language as XTREME-R's scripts count them.
    assert Counter(key.partition(":")[0] for key in candidates) == {
        "ar": 1222, "de": 1276, "el": 1234, "en": 1180, "es": 1215, "hi": 1244, "ru": 1219, "th": 852, "tr": 1167,
        "vi": 1209, "zh": 1196,
    }  # fmt: skip
    assert {len(row.matches) for row in queries} == {11}
    texts = [candidates[key].text for key in queries[0].matches]
    assert sum("308" in text[:200] for text in texts) == 11
    assert sum(text.startswith("The Panthers defense gave up just 308 points") for text in texts) == 1


def test_treebanks_are_read_as_they_are_written(source: FilesSource, shared: Path) -> None:
    """The words of a sentence, fused ones included, are its text; treebanks keep that text in a comment."""
    for language in UDPOS:
        (path,) = (shared / "data" / "udpos").glob(f"UD_*/{language}_*-ud-test.conllu")
        lines = path.read_text(encoding="utf-8").splitlines()
        texts = [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")]
        written = ["".join(text.replace("\u200c", "").split()) for text in texts]
        assert ["".join(row.tokens) for row in rows(load(source, "udpos", "test", language))] == written, language


def test_a_fused_word_is_one_word(source: FilesSource) -> None:
    german = [
        word for row in rows(load(source, "udpos", "test", "de")) for word in zip(row.tokens, row.tags, strict=True)
    ]
    # The file has 6,256 words, of which 91 pairs such as "in dem" are written as one.
    assert len(german) == 6256 - 91
    assert {tag for token, tag in german if token == "im"} == {"ADP"}


def test_mining_has_both_sides_and_all_gold_pairs(source: FilesSource) -> None:
    sentences = rows(load(source, "bucc2018", "validation", "zh"))
    assert Counter(row.side for row in sentences) == {"source": 8624, "target": 13589}
    assert sum(len(row.matches) for row in sentences if row.side == "source") == 257
    (chinese,) = (row for row in sentences if row.key == "zh-000000057")
    assert chinese.matches == ("en-000008530",)


def test_the_question_of_xcopa_is_in_english(source: FilesSource) -> None:
    first = rows(load(source, "xcopa", "test", "et"))[0]
    assert first.context == "Ese oli mullikilesse mässitud."
    assert (first.question, first.label) == ("What was the cause?", 0)
    # The first labels of the file; the third differs from the English one.
    assert [row.label for row in rows(load(source, "xcopa", "test", "et"))[:3]] == [0, 0, 1]
    assert [row.label for row in rows(load(source, "copa", "test"))[:3]] == [0, 0, 0]


@pytest.mark.parametrize(
    ("task", "folder", "counts"),
    [
        ("mnli", "multi_nli/multinli_1.0", {"train": 5, "validation": 5}),
        ("mnli", "glue", {"train": 3, "validation": 2}),
        ("qqp", "glue", {"train": 3, "validation": 2}),
        ("hellaswag", ".", {"train": 2, "validation": 2}),
        ("pawsx", "paws-x/x-final", {"train": 4, "validation": 4, "test": 4}),
    ],
)
def test_samples_of_the_published_files_are_found_in_their_layout(
    task: str, folder: str, counts: dict[str, int], shared: Path
) -> None:
    samples = open_files(shared / "data" / "format_samples" / folder, REGISTRY)
    found = {split: load(samples, task, split) for split in SPLITS if samples.languages(REGISTRY.task(task), split)}
    assert {split: len(loaded.rows) for split, loaded in found.items()} == counts
    assert [row for loaded in found.values() for row in loaded.skipped] == []


def read_all(reader: str, files: list[Path], **options: Any) -> dict[str, int]:
    counts = {}
    for path in files:
        lines = list(find_reader(reader).read(path, **options))
        assert [line for line in lines if line.record is None] == []
        counts[path.name] = len(lines)
    return counts


def test_questions_of_other_data_sets_are_read(shared: Path) -> None:
    data = shared / "data"
    assert set(read_all("squad", sorted((data / "xquad").glob("*.json"))).values()) == {1190}
    assert set(read_all("squad", sorted((data / "lareqa/xquad-r").glob("*.json"))).values()) == {1190}
    same_language = [data / f"mlqa/MLQA_V1/dev/dev-context-{code}-question-{code}.json" for code in ("ar", "en", "zh")]
    assert list(read_all("squad", same_language).values()) == [517, 1148, 504]
    train = data / "tydiqa/tydiqa-goldp-v1.1-train/tydiqa.goldp.en.train.json"
    assert list(read_all("squad", [train]).values()) == [3296]


def test_named_entities_are_read_with_hash_signs(shared: Path) -> None:
    files = sorted((shared / "data" / "panx").glob("*.tsv"))
    counts, hashes = {}, 0
    for path in files:
        lines = list(find_reader("conll").read(path, columns=("token", "tag")))
        records = [line.record for line in lines if line.record is not None]
        assert len(records) == len(lines)
        counts[path.name] = len(records)
        hashes += sum(token.count("#") for record in records for token in record["token"])
    small = {"gu", "jv", "my", "pa", "qu", "yo"}
    assert counts == {
        path.name: 5000 if path.name == "train-en.tsv" else 100 if path.stem[-2:] in small else 1000 for path in files
    }
    assert hashes == 2193
