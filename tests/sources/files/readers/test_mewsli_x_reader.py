from __future__ import annotations

import json
from pathlib import Path

from harness.sources.files.readers import find_reader


def test_every_mention_is_a_record_and_other_lines_stay(tmp_path: Path) -> None:
    path = tmp_path / "mentions.jsonl"
    context, other = {"text": "In Rome and Paris."}, {"text": "Oslo."}
    entity = {"entity_id": "Q1", "description": "A town."}
    documents = [
        {"context": context, "mentions": [{"example_id": "a"}, {"example_id": "b"}]},
        {"context": other, "mentions": [{"example_id": "c"}]},
        {"context": other, "mentions": []},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in documents) + "no json\n", encoding="utf-8")
    lines = list(find_reader("mewsli-x").read(path))
    assert [(line.number, line.record) for line in lines[:-1]] == [
        (1, {"context": context, "mention": {"example_id": "a"}}),
        (2, {"context": context, "mention": {"example_id": "b"}}),
        (3, {"context": other, "mention": {"example_id": "c"}}),
    ]
    assert (lines[-1].number, lines[-1].record) == (4, None)
    path.write_text(json.dumps(entity), encoding="utf-8")
    assert [(line.number, line.record) for line in find_reader("mewsli-x").read(path)] == [(1, entity)]
