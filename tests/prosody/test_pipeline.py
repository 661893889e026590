"""The flow, with plain functions in the place of models."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markupsafe import escape

from diarize.formats.table import read_transcript
from diarize.formats.transcript import Cue, Transcript
from diarize.messages import Note, message
from diarize.models.catalogue import PYANNOTE_FILES
from diarize.models.engine import Engine
from diarize.recording import consent
from diarize.recording.admission import admit
from diarize.separation.table import SEPARATORS, Separation
from diarize.settings import Hearing, Labels
from diarize.timeline import Span, Turn, Word
from diarize.transcription.table import TRANSCRIBERS, Decoded, Transcriber, Transcription
from diarize.transcription.transcriber import one_by_one
from prosody import engines
from prosody.engines import models_of, plan
from prosody.options import Asked
from prosody.pipeline import analyse
from prosody.render.html import html
from prosody.render.text import screen
from prosody.report.codec import to_json
from prosody.settings import Settings
from prosody.supplied import Supplied, supplied_words, with_transcript
from tests.conftest import SAMPLES, tone
from tests.prosody.conftest import LINES, spoken
from tests.said import codes, inner, refused

ENGINE = Engine("plain", "1")


def separating(turns):
    return lambda audio, speech: Separation(turns, ENGINE)


def transcribing(words):
    return lambda audio, speech, separation: Transcription(words, "en", ENGINE)


@pytest.fixture
def recording(consented):
    return admit(consented(tone(31.0)))


def test_who_spoke_and_what_was_said_are_what_the_given_functions_say(recording):
    turns, words = spoken()
    made = analyse(recording, separate=separating(turns), transcribe=transcribing(words))
    report = made.report
    assert report.recording.sha256 == recording.sha256
    assert {v.voice: v.role for v in report.voices} == {"A": "therapist", "B": "client"}
    assert report.engines["separator"].name == "plain"
    assert report.engines["transcriber"].name == "plain"
    assert sorted(w.text for u in report.turns for w in u.words) == sorted(w.text for w in words)
    heard = {(ipu, turn.voice) for turn in report.turns for ipu in turn.ipus}
    assert heard == {(turn.span, turn.voice) for turn in turns}
    assert any(e.kind == "backchannel" for e in report.events)
    assert made.frames.time_s.shape == made.frames.f0_hz.shape


def test_the_same_input_gives_the_same_bytes(recording):
    turns, words = spoken()
    texts = {
        to_json(
            analyse(recording, separate=separating(turns), transcribe=transcribing(words)).report
        )
        for _ in range(2)
    }
    assert len(texts) == 1


def test_without_words_the_acoustic_part_remains(recording):
    turns, _ = spoken()
    made = analyse(recording, separate=separating(turns), transcribe=transcribing(None)).report
    assert not any(turn.words for turn in made.turns)
    assert all(v.role == "unknown" for v in made.voices)
    assert "notes.no_therapist" in codes(made.notes)
    missing = {m.cue: m.reason.code for m in made.measures if m.value is None and m.role == "both"}
    assert missing["match.language_style"] == "measure.no_transcript"
    assert missing["match.level_synchrony"] == "match.few_pairs", "of the sound, too few here"
    assert [s.span for s in made.silences] and made.recording.duration_s == 31.0


def test_a_person_says_who_is_the_therapist(recording):
    turns, _ = spoken()
    made = analyse(
        recording,
        separate=separating(turns),
        transcribe=transcribing(None),
        asked=Asked(therapist="B"),
    ).report
    assert {v.voice: v.role for v in made.voices} == {"B": "therapist", "A": "client"}
    assert {v.certainty for v in made.voices} == {1.0}


@pytest.mark.parametrize("voices", [0, 1, 3])
def test_one_voice_or_three_give_a_report_without_roles(recording, voices):
    """Not even by words that tell the two of a pair apart."""

    def among(rows):
        third = [replace(x, voice="C") if x.voice == "B" and x.span.start > 20 else x for x in rows]
        return tuple(x for x in third if x.voice in "ABC"[:voices])

    turns, words = map(among, _sample("attentive"))
    made = analyse(recording, separate=separating(turns), transcribe=transcribing(words)).report
    assert len(made.voices) == voices
    assert all(v.role == "unknown" for v in made.voices)
    shares = [m for m in made.measures if m.cue == "talk.share"]
    assert shares and {m.reason.code for m in shares if m.value is None} == {"measure.no_voice"}
    assert all(m.value is None for m in shares)
    assert "notes.no_therapist" in {note.code for note in made.notes}


def _sample(stem):
    """A sample's turns and words, in the time of the short recording."""
    kept = json.loads((SAMPLES / f"{stem}.json").read_text("utf-8"))["turns"]
    scale = 30.0 / max(turn["end_s"] for turn in kept)
    voice = {"therapist": "A", "client": "B"}
    turns = tuple(
        Turn(Span(scale * a, scale * b), voice[turn["role"]])
        for turn in kept
        for a, b in turn["speech"]
    )
    words = tuple(
        Word(Span(scale * w["start_s"], scale * w["end_s"]), w["text"], None, voice[turn["role"]])
        for turn in kept
        for w in turn["words"]
    )
    return tuple(sorted(turns)), tuple(sorted(words))


@pytest.mark.parametrize("stem", ["attentive", "half_way", "hurried"])
def test_voices_that_change_persons_half_way_are_said_before_all_else(recording, stem):
    """Every sample, as it is and with the voices crossed from its middle on."""
    turns, words = _sample(stem)
    crossed = {"A": "B", "B": "A"}
    swapped = [
        tuple(replace(x, voice=crossed[x.voice]) if x.span.start > 15 else x for x in part)
        for part in (turns, words)
    ]
    whole = analyse(recording, separate=separating(turns), transcribe=transcribing(words)).report
    torn = analyse(recording, separate=separating(swapped[0]), transcribe=transcribing(swapped[1]))
    assert not any(note.code == "separator.changed_by_words" for note in whole.notes)
    note = torn.report.notes[1]  # after what is said of every report
    assert note.code == "separator.changed_by_words"
    said = str(note)[1:]  # a line begins with a capital
    assert escape(said) in html(torn.report, torn.frames, session_id="s")
    assert said in screen(torn.report, "s")


def test_a_labelled_transcript_tells_of_voices_that_change_persons(recording):
    """Labels name the roles, and words keep their label, so the words alone would not tell."""
    turns, _ = _sample("half_way")
    end = max(turn.span.end for turn in turns)
    transcript = read_transcript(SAMPLES / "half_way.vtt")
    scale = end / max(cue.span.end for cue in transcript.cues)
    cues = tuple(
        replace(c, span=Span(scale * c.span.start, scale * c.span.end)) for c in transcript.cues
    )
    crossed = {"A": "B", "B": "A"}
    torn = tuple(replace(t, voice=crossed[t.voice]) if t.span.start > 15 else t for t in turns)
    labelled = replace(transcript, cues=cues)
    came = Supplied(labelled, SAMPLES / "half_way.vtt")
    supplied = partial(supplied_words, came, None, Hearing())
    # The sample is 31 s long here.
    settings = Settings(hearing=Hearing(labels=Labels(least_crossed_s=2.0)))
    for heard, said in ((turns, False), (torn, True)):
        made = analyse(
            recording,
            separate=separating(heard),
            transcribe=supplied,
            given=came,
            settings=settings,
        )
        codes = [note.code for note in made.report.notes if note.code != "transcript.too_short"]
        assert ("separator.changed_by_labels" in codes) == said
        assert (codes[1] == "separator.changed_by_labels") == said
        assert ("transcript.words_by_sound" in codes) == said
        placed = sum(len(turn.words or ()) for turn in made.report.turns)
        assert not said or placed == len([w for cue in cues for w in cue.text.split()])


def test_a_voice_there_is_none_of_is_refused_before_words_are_written_down(recording, tmp_path):
    speakers = tmp_path / "who.rttm"
    speakers.write_text("SPEAKER r 1 0.0 9.0 <NA> <NA> Anna <NA> <NA>\n")
    labelled = SAMPLES / "half_way.vtt"
    for asked, known in (
        (Asked(therapist="Z"), ("A", "B")),
        (Asked(therapist="Z", transcript=labelled), ["client", "therapist"]),
        (Asked(therapist="B", speakers=speakers), ["Anna"]),
    ):
        with refused("casting.no_such_voice", known=known):
            plan(asked)  # before anything is heard
    for named in ("A", "channel 2"):
        plan(Asked(therapist=named))
    plan(Asked(therapist="Anna", speakers=speakers))
    with refused("casting.no_such_voice", known=["A"]):
        analyse(
            recording,
            separate=separating((Turn(Span(0, 9), "A"),)),
            transcribe=lambda *_: pytest.fail("was asked for words"),
            asked=Asked(therapist="B"),
        )


def test_roles_said_the_wrong_way_round_are_doubted_before_all_else(recording):
    turns, said = _sample("half_way")
    for therapist, doubted in (("A", False), ("B", True)):
        made = analyse(
            recording,
            separate=separating(turns),
            transcribe=transcribing(said),
            asked=Asked(therapist=therapist),
        )
        assert {v.voice: v.role for v in made.report.voices}[therapist] == "therapist"
        note = made.report.notes[1]
        assert (note.code == "casting.disputed") == doubted
        assert not doubted or str(note)[1:] in screen(made.report, "s")


def _plan(monkeypatch, asked, *, whisper=None, pyannote=None):
    row = replace(SEPARATORS["pyannote"], find=lambda folder: pyannote)
    monkeypatch.setitem(SEPARATORS, "pyannote", row)
    opener = replace(TRANSCRIBERS["whisper"], find=lambda model, language: whisper)
    monkeypatch.setitem(TRANSCRIBERS, "whisper", opener)
    said: list[Any] = []
    return plan(asked, say=said.append), said


def test_nothing_on_the_machine_means_no_words_and_says_what_would_be_better(monkeypatch):
    made, said = _plan(monkeypatch, Asked())
    assert [chosen.code for chosen in said] == ["engine.words_none"]
    assert made.supplied.transcript is None


def test_what_is_left_out_on_two_channels_is_said_once(consented):
    """Each channel is heard by itself; what holds of the model, or of both, is one note."""
    sound = np.stack([tone(31.0), tone(31.0, hz=150.0)], axis=1)
    turns, _ = spoken()
    apart = Separation(turns, ENGINE, channel_of=(("A", 0), ("B", 1)))
    odd = Note("transcriber.other_language", {"told": "en", "heard": "de"}, "caution")
    improbable = Decoded(Span(0.2, 0.9), "no no", (Word(Span(0.3, 0.6), "no", 0.1),) * 2, -3.0, 0.1)
    model = Transcriber(ENGINE, one_by_one(lambda samples, code: [improbable]), notes=(odd,))
    made = analyse(
        admit(consented(sound)),
        separate=lambda audio, speech: apart,
        transcribe=partial(engines.heard_words, model, "en", Hearing(), engines.silent),
    )
    report = made.report
    left_out, *more = (note for note in report.notes if note.code == "transcriber.left_out")
    assert not more and inner(left_out.fields, "reason").code == "transcriber.improbable"
    assert left_out.fields["places"] == len(left_out.spans) > 1
    assert report.notes.count(odd) == 1
    assert str(odd)[1:] in report.cautions[2], "after the general one and that tones are nobody"
    page = html(report, made.frames, session_id="s")
    for shown in (page, screen(report, "s")):
        assert str(message("transcriber.improbable")) in shown


def test_weights_that_are_not_used_are_neither_read_nor_minded(monkeypatch, tmp_path):
    monkeypatch.setenv("PROSODY_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in PYANNOTE_FILES:
        (tmp_path / "pyannote" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pyannote" / name).write_bytes(b"weights")
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "small.pt").write_bytes(b"not the published one")
    fast = tmp_path / "mine"
    fast.mkdir()
    for name in ("model.bin", "tokenizer.json"):
        (fast / name).write_bytes(b"weights")
    separated = Asked(transcriber="none")
    assert [w.engine for w in models_of(separated)] == ["pyannote"]
    (tmp_path / "pyannote" / "plda" / "plda.npz").write_bytes(b"other")
    for asked in (separated, Asked(separator="pyannote", transcriber="none")):
        with refused("model.changed", file=str(tmp_path / "pyannote" / "plda" / "plda.npz")):
            models_of(asked)
    for separator in ("builtin", "channels"):
        assert models_of(replace(separated, separator=separator)) == ()
    assert models_of(replace(separated, channels={0: "therapist"})) == ()
    given = Asked(separator="builtin", transcript=tmp_path / "t.vtt")
    assert models_of(given) == ()
    named = replace(given, transcript=None, transcriber="faster-whisper", whisper_model=str(fast))
    assert [w.path for w in models_of(named)] == [fast]
    with refused("model.not_the_published", model="small"):
        models_of(Asked(separator="builtin"))


def test_faster_whisper_is_taken_where_it_is_all_there_is(monkeypatch, tmp_path):
    monkeypatch.setenv("PROSODY_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    place = tmp_path / "faster-whisper" / "small"
    place.mkdir(parents=True)
    for name in ("model.bin", "tokenizer.json"):
        (place / name).write_bytes(b"weights")
    asked = Asked(separator="builtin")
    for here, found in ((True, [place]), (False, [])):
        row = replace(TRANSCRIBERS["faster-whisper"], installed=partial(bool, here))
        monkeypatch.setitem(TRANSCRIBERS, "faster-whisper", row)
        assert [w.path for w in models_of(asked)] == found


def test_a_separator_that_is_not_here_is_refused(monkeypatch):
    with refused("separator.no_pyannote"):
        _plan(monkeypatch, Asked(separator="pyannote"))
    with refused("separator.unknown"):
        plan(Asked(separator="guess"))
    with refused("transcriber.unknown"):
        plan(Asked(transcriber="guess"))


def test_supplied_speakers_win_over_everything(monkeypatch, tmp_path, recording):
    rttm = tmp_path / "who.rttm"
    rttm.write_text(
        "".join(
            f"SPEAKER x 1 {start} {end - start} <NA> <NA> {voice} <NA> <NA>\n"
            for voice, start, end, _ in LINES
        )
    )
    made, said = _plan(monkeypatch, Asked(speakers=rttm, separator="pyannote"), pyannote=object())
    report = analyse(recording, separate=made.separate, transcribe=made.transcribe).report
    assert {t.voice for t in report.turns} == {"A", "B"}
    assert said[-1].code == "engine.speakers_supplied"


def test_an_rttm_far_past_the_end_is_refused(monkeypatch, tmp_path, recording):
    rttm = tmp_path / "who.rttm"
    rttm.write_text("SPEAKER x 1 500.0 10.0 <NA> <NA> A <NA> <NA>\n")
    made, _ = _plan(monkeypatch, Asked(speakers=rttm))
    with refused("format.other_recording", end_s=510.0, duration_s=31.0):
        analyse(recording, separate=made.separate, transcribe=made.transcribe)


def test_a_transcript_of_another_recording_is_refused(recording):
    turns, _ = spoken()
    transcript = Transcript((Cue(Span(4000.0, 4001.0), "A", "Hello."),))

    given = Supplied(transcript, Path("other.vtt"))
    supplied = partial(supplied_words, given, None, Hearing())
    with refused("transcriber.not_of_this_recording"):
        analyse(recording, separate=separating(turns), transcribe=supplied)


def test_labels_tell_two_people_apart_where_the_sound_does_not():
    transcript = Transcript(
        (Cue(Span(0.0, 10.0), "Therapist", "Hello."), Cue(Span(11.0, 30.0), "Client", "Hello."))
    )
    alone = Separation((Turn(Span(0.0, 31.0), "A"),), ENGINE)
    said: list[Any] = []
    apart = with_transcript(alone, transcript, (Span(0, 31),), Hearing(), said.append)
    assert {t.voice for t in apart.turns} == {"Therapist", "Client"}
    assert [note.code for note in apart.notes] == ["separator.from_transcript"]
    assert [chosen.code for chosen in said] == ["engine.speakers_from_labels"]
    unlabelled = Transcript((Cue(Span(0.0, 10.0), None, "Hello."),))
    assert with_transcript(alone, unlabelled, (Span(0, 31),), Hearing()) == alone


def test_consent_that_was_never_given_stops_everything(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF")
    assert consent.read(path) is None
    with refused("consent.missing"):
        admit(path)


def test_channels_of_people_nobody_named_give_a_report(consented):
    sound = np.stack([tone(31.0), tone(31.0, hz=150.0)], axis=1)
    turns, _ = spoken()
    apart = Separation(turns, ENGINE, channel_of=(("A", 0), ("B", 1)))
    made = analyse(
        admit(consented(sound)),
        separate=lambda audio, speech: apart,
        transcribe=transcribing(None),
    )
    assert made.frames.f0_hz.ndim == 2
    assert all(v.role == "unknown" for v in made.report.voices)
