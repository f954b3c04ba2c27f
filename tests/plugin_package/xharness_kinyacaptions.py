"""kinyacaptions: find the photograph that a caption in Kinyarwanda describes."""

from collections.abc import Callable

import harness


def read(record: harness.Record) -> harness.CaptionRow:
    return harness.CaptionRow(text=record["caption"], image=harness.Image(name=record["file"]))


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    files = {split: f"kinyacaptions/{{language}}/{split}.tsv" for split in ("train", "test")}
    register(
        harness.Task(
            name="kinyacaptions",
            kind="image-text-retrieval",
            languages=("en", "rw"),
            metrics=("hit_rate_at_1", "caption_hit_rate_at_1", "ndcg_at_10"),
            formats={"tsv": harness.Format(reader="tsv", row=read, files=files, images="kinyacaptions/images")},
        )
    )
