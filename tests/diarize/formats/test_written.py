"""What is written holds any words, and other programs find them where they look for them."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pympi import Elan

from diarize.formats.subtitles import subtitles, to_vtt
from diarize.formats.table import Line, write
from diarize.formats.transcript import Reading
from diarize.timeline import Span, Word

# With what is a mark elsewhere, and what is one of WebVTT's own.
literal = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.sampled_from("<>&[](){}:;/#-"),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(literal, st.lists(literal, min_size=1, max_size=4)), min_size=1))
def test_subtitles_of_voices_hold_any_words_and_any_label(said):
    lines = [
        Line(Span(i, i + 0.5), voice, "unknown", "primary", " ".join(words))
        for i, (voice, words) in enumerate(said)
    ]
    read = subtitles(to_vtt(lines, len(said)), Reading()).cues
    assert [(c.voice, c.text, c.span) for c in read] == [(x.voice, x.text, x.span) for x in lines]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 4000), st.integers(20, 4000), st.booleans(),
                  st.lists(st.tuples(st.integers(0, 300), st.integers(1, 900), literal),
                           max_size=5)),
        min_size=1,
        max_size=8,
    )
)  # fmt: skip
def test_words_in_elan_lie_below_their_turns_and_come_back(rows):
    lines, at = [], 0
    for gap, length, first, parts in rows:
        at += gap + 1
        inside, begins = [], at
        for silence, lasts, text in parts:
            inside.append(
                Word(Span((begins + silence) / 1000, (begins + silence + lasts) / 1000), text)
            )
            begins += silence + lasts
        span = Span(at / 1000, max(at + length, begins) / 1000)
        text = " ".join(word.text for word in inside)
        lines.append(Line(span, "A" if first else "B", "unknown", "primary", text, tuple(inside)))
        at = round(1000 * span.end)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "o.eaf"
        write(lines, path, duration=at / 1000 + 1, named="s-1")
        document = Elan.Eaf(str(path))
    for voice in {line.voice for line in lines}:
        words = [(round(1000 * w.span.start), round(1000 * w.span.end), w.text)
                 for line in lines if line.voice == voice for w in line.words]  # fmt: skip
        below = [f"{voice} - words"] if words else []
        assert document.get_child_tiers_for(voice) == below
        for name in below:
            assert [row[:3] for row in document.get_annotation_data_for_tier(name)] == words


def test_words_that_lie_in_no_turn_stay_on_a_tier_of_their_own(tmp_path):
    """ELAN would not take them below the turns."""
    word = Word(Span(3.0, 3.5), "b")
    line = Line(Span(0, 1), "A", "unknown", "primary", "a b", (Word(Span(0.1, 0.5), "a"), word))
    write([line], tmp_path / "o.eaf", duration=5.0)
    document = Elan.Eaf(str(tmp_path / "o.eaf"))
    assert document.get_child_tiers_for("A") == []
    assert [row[:3] for row in document.get_annotation_data_for_tier("A - words")] == [
        (100, 500, "a"),
        (3000, 3500, "b"),
    ]
