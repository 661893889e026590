"""Tables of turns: whatever the order, the names and the separator of their columns."""

import csv
import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diarize.formats.table import read_transcript

TEXTS = (
    "Where would you like to start today?",
    "My week was hard, and I felt alone.",
    "It sounds very lonely.",
    "Yes; nobody seemed to notice it.",
    "Mm-hm.",
    "I never said that to anybody.",
)
NAMES = {
    "start": ("start", "Start time", "begin", "start_s"),
    "end": ("end", "End time", "end_s"),
    "voice": ("speaker", "Speaker"),
    "text": ("text", "Text", "transcript"),
}


@st.composite
def turns(draw):
    """Rows (start, end, voice, text), one after the other, times in tenths of a second."""
    at, rows = draw(st.integers(0, 50)), []
    for n in range(draw(st.integers(4, 12))):
        end = at + draw(st.integers(5, 80))
        rows.append((at / 10, end / 10, "AB"[n % 2], TEXTS[n % len(TEXTS)]))
        at = end + draw(st.integers(1, 20))
    return rows


def written(rows, separator):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
    return out.getvalue()


def read(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text, "utf-8")
    return [(c.span.start, c.span.end, c.voice, c.text) for c in read_transcript(path).cues]


EVERY = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@EVERY
@given(turns(), st.permutations(list(NAMES)), st.sampled_from(",;\t|"), st.data())
def test_columns_may_stand_in_any_order_under_any_of_their_names(
    tmp_path, rows, order, separator, data
):
    head = [data.draw(st.sampled_from(NAMES[kind])) for kind in order]
    cells = [[row[list(NAMES).index(kind)] for kind in order] for row in rows]
    assert read(tmp_path, written([head, *cells], separator)) == rows


@EVERY
@given(turns(), st.sampled_from(",;\t"))
def test_milliseconds_and_lengths_say_the_same_as_seconds_and_ends(tmp_path, rows, separator):
    in_ms = [("start (ms)", "end (ms)", "speaker", "text")]
    in_ms += [(round(a * 1000), round(b * 1000), v, t) for a, b, v, t in rows]
    lasting = [("start (s)", "duration (s)", "speaker", "text")]
    lasting += [(a, round(b - a, 3), v, t) for a, b, v, t in rows]
    for table in (in_ms, lasting):
        found = read(tmp_path, written(table, separator))
        assert [row[2:] for row in found] == [row[2:] for row in rows]
        for ours, theirs in zip(found, rows, strict=True):
            assert max(abs(x - y) for x, y in zip(ours[:2], theirs[:2], strict=True)) < 1e-6


@EVERY
@given(turns(), st.sampled_from(",;\t"))
def test_a_column_for_each_speaker_says_the_same_as_one_for_all(tmp_path, rows, separator):
    wide = [("start", "end", "A", "B")]
    wide += [(a, b, t if v == "A" else "", t if v == "B" else "") for a, b, v, t in rows]
    assert read(tmp_path, written(wide, separator)) == rows


@EVERY
@given(turns(), st.sampled_from(",;\t"))
def test_without_a_header_columns_are_known_by_what_stands_in_them(tmp_path, rows, separator):
    assert read(tmp_path, written(rows, separator)) == rows


def a_word_each():
    """Rows of a word each, but for one of two words."""
    said = [word for text in TEXTS for word in text.split()]
    rows = [(n / 2, n / 2 + 0.4, "B", word) for n, word in enumerate(said)]
    rows += [(n / 2, n / 2 + 0.4, "B", word) for n, word in enumerate(said, len(said))]
    return [*rows[:5], (2.45, 2.48, "B", "New York"), *rows[5:]]


def test_rows_of_a_word_each_become_cues_and_none_of_them_is_lost(tmp_path):
    rows = a_word_each()
    read_back = read(tmp_path, written([("start", "end", "speaker", "word"), *rows], ","))
    assert len(read_back) == 14 and {voice for _, _, voice, _ in read_back} == {"B"}
    assert " ".join(text for *_, text in read_back) == " ".join(text for *_, text in rows)
