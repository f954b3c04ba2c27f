"""Documents as HTML files: what is in them, and what can never be."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

from harness.documents.figures import Curves, Forest, HeatMap, Point, Series
from harness.documents.html import fragment, html
from harness.documents.parts import (
    Cell,
    Document,
    Illustration,
    Link,
    Paragraph,
    Part,
    Section,
    Table,
    Tone,
    row_of,
)

HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202e\x00\x1b[31m"
SHOWN = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\\u202e\\u0000\\u001b[31m"


class Reader(HTMLParser):
    """Elements with their attributes, and all text, as a browser has them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(*parts: Part, title: str = "a report") -> Reader:
    return Reader(html(Document(title, parts)))


def figures(text: str) -> list[Part]:
    point = Point(y=1.0, low=0.5, high=1.5, label=text)
    series = Series(name=text, points=(Point(x=1, y=2, label=text), Point(x=2, y=3)))
    table = Table(text, (text, "b"), ((Cell(text=text), Cell(text=text, language=text)),), notes=(text,))
    return [
        Illustration(Forest(title=text, unit=text, points=(point,)), table),
        Illustration(Curves(title=text, x=text, y=text, series=(series,)), table),
        Illustration(HeatMap(title=text, unit=text, rows=(text,), columns=(text,), values=((1.0,),)), table),
    ]


def test_hostile_texts_are_texts_everywhere() -> None:
    parts: list[Part] = [
        Paragraph(HOSTILE),
        Paragraph(HOSTILE, Tone.FAILED, copied=True),
        Link(HOSTILE, HOSTILE),
        Section(HOSTILE, (Paragraph(HOSTILE),), folded=True),
        Table(
            HOSTILE,
            (HOSTILE,),
            ((Cell(text=HOSTILE, interval=HOSTILE, coverage=HOSTILE, marks=HOSTILE, language=HOSTILE, best=True),),),
        ),
        *figures(HOSTILE),
    ]
    read = page(*parts, title=HOSTILE)
    assert len(read.of("script")) == 1
    assert read.of("img") == []
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]
    assert read.text.count(SHOWN) > 20
    assert not re.search("[\x00\x1b\u202e]", html(Document(HOSTILE, tuple(parts))))


def test_what_nobody_reads_to_its_end_is_cut_off() -> None:
    text = html(Document("a", (Paragraph("x" * 10_000_000, Tone.FAILED, copied=True),)))
    assert len(text) < 50_000
    assert "x… (10,000,000 characters)" in text


def test_nothing_is_asked_of_a_network_and_only_the_own_script_may_run() -> None:
    text = html(Document("a", tuple(figures("x"))))
    (policy,) = (one["content"] for one in Reader(text).of("meta") if one.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    script = text[text.index("<script>") + len("<script>") : text.index("</script>")]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hashed}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    addresses = [
        value
        for _, attributes in Reader(text).elements
        for name, value in attributes.items()
        if name in ("src", "href", "action", "srcset", "data", "poster")
    ]
    assert set(addresses) == {"data:,"}
    assert "url(" not in text
    assert "@import" not in text


def test_texts_have_their_language_and_direction() -> None:
    cells = [Cell(text="x", language=code) for code in ("ur", "de", "und", "")]
    read = page(Table("", ("a", "b", "c", "d"), (tuple(cells),)))
    found = [(one.get("lang"), one.get("dir")) for one in read.of("td")]
    assert found == [("de", "ltr"), ("und", "auto"), (None, None)]
    (first,) = (one for one in read.of("th") if one.get("scope") == "row")
    assert (first["lang"], first["dir"]) == ("ur", "rtl")
    # Codes of the private range are no languages by themselves.
    assert 'lang="art-x-qab" dir="ltr"' in html(
        Document("", (Table("", ("a",), ((Cell(text="x", language="qab"),),)),))
    )


def test_numbers_are_beside_every_figure() -> None:
    read = page(*figures("shown"))
    assert len(read.of("svg")) == len(read.of("table")) == 3
    assert all(one["role"] == "img" and one["aria-label"] == "shown" for one in read.of("svg"))


def test_sections_are_linked_and_names_are_there_once() -> None:
    table = Table("one", ("a",), (row_of("x"),))
    read = page(Section("one", (table, table)), Section("one", (Section("one", ()),)), Section("two", (), folded=True))
    names = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(names) == len(set(names)) == 6
    assert {f"{one['href']}" for one in read.of("a")} <= {f"#{name}" for name in names}
    assert len(read.of("a")) == 3
    assert len(read.of("details")) == 1


def test_rules_words_and_marks_are_seen() -> None:
    rows = ((Cell(text="de"), Cell(text="70.0", interval="[69,71]", marks="so")), row_of("mean", "70.0"))
    text = html(Document("a", (Table("scores", ("language", "score"), rows, rules=(1,), notes=("well",)),)))
    assert '<tr class="r"><th scope="row">mean</th>' in text
    assert '70.0 <span class="i">[69,71]</span> <sup>so</sup>' in text
    assert '<p class="quiet">well</p>' in text


def test_only_long_tables_can_be_filtered() -> None:
    short, long = (Table("", ("a",), (row_of("x"),) * n) for n in (12, 13))
    assert [one.get("data-filtered") for one in page(short, long).of("table")] == [None, "13"]


def test_the_look_of_figures_is_theirs_alone() -> None:
    (style,) = re.findall("<style>(.*?)</style>", fragment(figures("x")))
    assert style
    assert all(rule.startswith(".xharness ") for rule in re.findall(r"([^{}]+)\{", style))


def test_a_part_of_a_page_has_no_head_and_no_script() -> None:
    read = Reader(fragment([Paragraph(HOSTILE), *figures(HOSTILE)]))
    assert not [tag for tag, _ in read.elements if tag in ("html", "head", "script", "img", "meta")]
