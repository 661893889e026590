"""Exports read back: unedited they change nothing; edited, what they say and no more."""

import pytest
from hypothesis import given, settings

from diarize.conversation import weave
from diarize.edits.readback import labelled, labels_of, read_back
from diarize.edits.streams import streams_of, woven
from diarize.formats.table import read_rttm, read_transcript, write
from diarize.formats.transcript import Cue, Line
from diarize.messages import message
from diarize.roles import Casting, Role
from diarize.timeline import Span, Turn, Word
from tests.diarize.edits.test_operations import plain, talks
from tests.said import refused

TOLD = message("casting.told")

FORMATS = (".eaf", ".TextGrid", ".vtt", ".srt", ".rttm")
CASTING = (Casting("A", Role.THERAPIST, 0.9, TOLD), Casting("B", Role.CLIENT, 0.9, TOLD))


def lines(talk):
    return [Line(u.span, u.voice, u.role, u.kind, u.text, u.words) for u in talk.utterances]


def cues_in(path, duration):
    if path.suffix == ".rttm":
        return [Cue(t.span, t.voice, "") for t in read_rttm(path, duration=duration).turns]
    return read_transcript(path, duration=duration, wordless=True).cues


def returned(cues, talk, *, with_text=True):
    cues = labelled(cues, talk)
    voices = labels_of(cues, talk).voices
    told = [Cue(c.span, voices[c.voice], c.text, c.words) for c in cues]
    streams, lost = read_back(told, talk, with_text=with_text)
    return woven(streams, talk), lost


@pytest.mark.parametrize("ending", [".eaf", ".TextGrid"])
def test_turns_without_words_do_not_make_a_tier_of_words_of_their_voice(tmp_path, ending):
    word = Word(Span(1.5, 1.65), "well", None, "B"), Word(Span(1.65, 1.8), "well", None, "B")
    turns = [Line(Span(at, at + 0.3), "B", Role.CLIENT, "backchannel", "", ()) for at in (0.3, 0.9)]
    turns.append(Line(Span(1.5, 1.8), "B", Role.CLIENT, "primary", "well well", word))
    write(turns, tmp_path / f"out{ending}", duration=9.0)
    cues = cues_in(tmp_path / f"out{ending}", 9.0)
    assert [(c.text, len(c.words)) for c in cues] == [("", 0), ("", 0), ("well well", 2)]


@pytest.mark.parametrize("ending", FORMATS)
def test_what_nobody_edited_changes_nothing(tmp_path_factory, ending):
    folder = tmp_path_factory.mktemp("there")

    @settings(max_examples=40, deadline=None)
    @given(talks())
    def property_of(talk):
        path = folder / f"out{ending}"
        write(lines(talk), path, duration=talk.duration)
        with_text = ending != ".rttm" and any(u.words for u in talk.utterances)
        now, lost = returned(cues_in(path, talk.duration), talk, with_text=with_text)
        assert lost == 0
        assert plain(now) == plain(talk)

    property_of()


@pytest.fixture
def talk():
    """A speaks, B answers with an overlap, A says mm-hm inside it, B goes on."""
    turns = (
        Turn(Span(1, 4), "A"),
        Turn(Span(3.6, 9), "B"),
        Turn(Span(6, 6.4), "A"),
        Turn(Span(11, 14), "B"),
    )
    said = (
        ("A", 1, 4, "How are you today?"),
        ("B", 3.6, 9, "I was going to tell you about it"),
        ("A", 6, 6.4, "Mm-hm."),
        ("B", 11, 14, "It was a long week"),
    )
    words = []
    for voice, start, end, text in said:
        step = (end - start) / len(text.split())
        words += [
            Word(Span(start + i * step, start + (i + 1) * step), w, 0.9, voice)
            for i, w in enumerate(text.split())
        ]
    return weave(turns, tuple(sorted(words)), CASTING, 30.0, language="en")


def cues(talk, **changed):
    """The turns as a file has them; `changed` gives new fields by the number of the turn."""
    found = [Cue(u.span, u.voice, u.text) for u in talk.utterances]
    for number, fields in changed.items():
        i = int(number.removeprefix("t"))
        found[i] = Cue(
            fields.get("span", found[i].span),
            fields.get("voice", found[i].voice),
            fields.get("text", found[i].text),
        )
    return found


def test_a_turn_of_another_voice_takes_what_was_heard_in_it(talk):
    now, lost = returned(cues(talk, t3={"voice": "A"}), talk)
    assert lost == 0
    assert streams_of(now).speech("A") == (Span(1, 4), Span(6, 6.4), Span(11, 14))
    assert streams_of(now).speech("B") == (Span(3.6, 9),)
    assert [w.text for u in now.of("therapist") for w in u.words][-5:] == [
        "It",
        "was",
        "a",
        "long",
        "week",
    ]


def test_a_turn_that_was_deleted_takes_its_words_and_leaves_the_others_alone(talk):
    fewer = [c for c in cues(talk) if c.text != "Mm-hm."]
    now, lost = returned(fewer, talk)
    assert lost == 1
    assert streams_of(now).speech("B") == streams_of(talk).speech("B")
    assert streams_of(now).speech("A") == (Span(1, 4),)


def test_a_moved_edge_holds_and_a_new_turn_is_speech_throughout(talk):
    moved = [*cues(talk, t3={"span": Span(10.5, 13.0)}), Cue(Span(20, 21.5), "A", "Thank you.")]
    now, _ = returned(moved, talk)
    assert streams_of(now).speech("B")[-1] == Span(10.5, 13.0)
    assert streams_of(now).speech("A")[-1] == Span(20, 21.5)
    said = [(w.text, w.probability) for u in now.of("therapist") for w in u.words]
    assert said[-2:] == [("Thank", None), ("you.", None)]


def test_a_turn_cut_in_two_voices_shares_its_words_by_time(talk):
    cut = [
        *cues(talk)[:3],
        Cue(Span(11, 12.8), "B", "It was a"),
        Cue(Span(12.8, 14), "A", "long week"),
    ]
    now, lost = returned(cut, talk)
    assert lost == 0
    owner = {w.span.start: w for u in now.utterances for w in u.words}
    for u in talk.utterances[3:]:
        for word in u.words:
            assert owner[word.span.start].text == word.text
    assert streams_of(now).speech("A")[-1] == Span(12.8, 14)


def test_without_text_words_stay_and_find_their_owner(talk):
    bare = [Cue(c.span, c.voice, "") for c in cues(talk, t3={"voice": "A"})]
    now, _ = returned(bare, talk, with_text=False)
    assert sorted(w.text for u in now.utterances for w in u.words) == sorted(
        w.text for u in talk.utterances for w in u.words
    )
    assert {w.voice for w in streams_of(now).words if w.span.start >= 11} == {"A"}


def test_labels_are_roles_then_names_then_times_then_new_letters(talk):
    found = labels_of(
        [
            Cue(Span(1, 4), "Therapist", "x"),
            Cue(Span(11, 14), "SPEAKER_00", "x"),
            Cue(Span(20, 21), "Anneliese", "x"),
        ],
        talk,
    )
    assert found.voices == {"Therapist": "A", "SPEAKER_00": "B", "Anneliese": "C"}
    assert (found.by_time, found.new) == (("SPEAKER_00",), ("Anneliese",))


def test_a_role_two_voices_have_is_no_label():
    casting = (*CASTING, Casting("C", Role.CLIENT, 1.0, TOLD))
    turns = (Turn(Span(1, 4), "A"), Turn(Span(5, 9), "B"), Turn(Span(11, 14), "C"))
    three = weave(turns, (), casting, 30.0)
    found = labels_of([Cue(Span(11, 14), "client", "x"), Cue(Span(5, 9), "B", "x")], three)
    assert found.voices == {"client": "C", "B": "B"}
    assert Line(Span(5, 9), "B", "client", shared=True).label == "B"


def test_words_that_are_new_take_the_times_the_file_gives_them(talk):
    told = cues(talk)
    said = ("It", "was", "one", "long", "week")
    times = [Span(11 + 0.6 * i, 11.5 + 0.6 * i) for i in range(5)]
    words = tuple(Word(span, text, 0.7, "B") for span, text in zip(times, said, strict=True))
    told[3] = Cue(told[3].span, "B", " ".join(said), words)
    now, _ = returned(told, talk)
    (new,) = (w for u in now.utterances for w in u.words if w.text == "one")
    assert (new.span, new.probability) == (times[2], None)
    kept = next(w for u in now.utterances for w in u.words if w.text == "long")
    assert kept.probability == 0.9


def test_nothing_inside_the_recording_is_refused(talk):
    with refused("edits.no_turn_inside"):
        read_back([Cue(Span(40, 41), "A", "x")], talk, with_text=True)


def test_a_tier_of_words_that_says_something_else_is_said(tmp_path, talk):
    path = tmp_path / "out.TextGrid"
    write(lines(talk), path, duration=talk.duration)
    text = path.read_text("utf-8")
    at = text.rindex('"week"')
    path.write_text(text[:at] + '"month"' + text[at + 6 :], "utf-8")
    read = read_transcript(path)
    assert [(n.code, n.fields["turns"]) for n in read.notes] == [("format.words_tier_differs", 1)]
