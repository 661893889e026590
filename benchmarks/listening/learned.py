"""A learned baseline, fitted on other transcripts and thrown away: what learning would reach."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.listening.annomi import CLASSES, COLUMNS, Judged, Turn, judge


def learned(turns: Sequence[Turn], folds: int = 8) -> list[Judged]:
    """Give what a classifier fitted on the other transcripts says; nothing of it is kept."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    judged = judge(turns, str)
    texts = [j.turn.text for j in judged]
    signs = np.array([_signs(j) for j in judged])
    wanted = {"main": [j.turn.main for j in judged]}
    wanted |= {c: [str(j.turn.exists[c]) for j in judged] for c in COLUMNS}
    said = {name: np.empty(len(judged), object) for name in wanted}
    groups = [j.turn.transcript for j in judged]
    for train, test in GroupKFold(folds).split(texts, groups=groups):
        words = bag()
        inside = hstack(
            [words.fit_transform([texts[i] for i in train]), csr_matrix(signs[train])]
        ).tocsr()
        outside = hstack(
            [words.transform([texts[i] for i in test]), csr_matrix(signs[test])]
        ).tocsr()
        for name, labels in wanted.items():
            model = LogisticRegression(max_iter=2000, class_weight="balanced")
            model.fit(inside, [labels[i] for i in train])
            said[name][test] = model.predict(outside)
    return called(judged, said)


def bag() -> Any:
    """Make a bag of words and pairs of them, and of question marks."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        ngram_range=(1, 2), min_df=3, sublinear_tf=True, token_pattern=r"(?u)[\w']+|[?]"
    )


def called(judged: Sequence[Judged], said: Mapping[str, Any]) -> list[Judged]:
    """Give turns with what classifiers say of each: its main code, and what is in it."""
    return [
        replace(
            j,
            kinds=frozenset(c for c in COLUMNS if said[c][i] == "True"),
            main=said["main"][i] if said["main"][i] in CLASSES else "other",
        )
        for i, j in enumerate(judged)
    ]


def _signs(j: Judged) -> list[float]:
    """What the rules found in a turn, and its mark and length, as numbers."""
    words = len(j.turn.text.split())
    return [
        *(0.5 * (c in j.kinds) for c in COLUMNS),
        *(0.5 * (j.main == c) for c in CLASSES),
        float("?" in j.turn.text),
        min(words, 60) / 60,
    ]
