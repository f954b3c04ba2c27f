from __future__ import annotations

from harness.kinds.base import cluster_name


def test_equal_texts_have_one_cluster_name() -> None:
    assert cluster_name("北京") == cluster_name("北京") != cluster_name("北京 ")
    assert len(cluster_name("")) == 12
