"""The sample sessions: truth that agrees with itself and with the sound, and how it is made."""

import itertools
import json
import re
import shutil
import statistics
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import soundfile

from diarize.recording import admission, consent
from diarize.runtime.atomic import sha256_of
from diarize.timeline import Span, Word
from sample_audio import make, play, script, speak, synthesisers, truth
from tests.consents import withdrawn

HERE = Path(make.__file__).parent
NAMES = ("attentive", "attentive_two_channel", "half_way", "hurried")
BEHAVIOURS = {
    "question_open", "question_closed", "reflection", "summary", "validation", "affirmation",
    "normalising", "check_in", "shared_goals", "autonomy_support", "self_disclosure",
    "information", "advice", "confrontation", "backchannel", "held_silence",
    "overlap_to_review", "withdrawal_marker", "confrontation_marker", "repair",
}  # fmt: skip
sessions = pytest.mark.parametrize("name", NAMES)


@lru_cache
def known(name):
    return json.loads((HERE / f"{name}.json").read_text("utf-8"))


@lru_cache
def sound(name):
    samples, rate = soundfile.read(HERE / f"{name}.flac", dtype="float32", always_2d=True)
    return samples, rate


def grid(spans, duration, step=0.001):
    """Mark the milliseconds that any of the spans covers."""
    marked = np.zeros(round(duration / step) + 1, dtype=bool)
    for start, end in spans:
        marked[round(start / step) : round(end / step)] = True
    return marked


def longest(marked):
    """Length in milliseconds of the longest marked stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked, [0]])))
    return max(np.diff(edges)[::2], default=0)


def speech(name, role):
    spans = [tuple(s) for t in known(name)["turns"] if t["role"] == role for s in t["speech"]]
    return grid(spans, known(name)["duration_s"])


def primary(name):
    return [turn for turn in known(name)["turns"] if turn["kind"] == "primary"]


def latencies(turns, role="therapist"):
    pairs = itertools.pairwise(turns)
    return [b["start_s"] - a["end_s"] for a, b in pairs if b["role"] == role]


def behaviours(turns):
    return [kind for turn in turns for kind in turn["behaviours"]]


def letter_rate(turns, role="therapist"):
    own = [turn for turn in turns if turn["role"] == role and turn["kind"] == "primary"]
    letters = sum(len(re.findall(r"\w", turn["text"])) for turn in own)
    return letters / sum(end - start for turn in own for start, end in turn["speech"])


def share(name):
    ours, theirs = (speech(name, role).sum() for role in ("therapist", "client"))
    return ours / (ours + theirs)


def decibels(samples):
    return 10 * np.log10(np.mean(np.square(samples, dtype=np.float64)))


# --- the truth agrees with itself ---------------------------------------------------------


@sessions
def test_a_session_is_long_and_rich_enough(name):
    turns = known(name)["turns"]
    assert 120 <= known(name)["duration_s"] <= 240
    assert len(turns) >= 44
    assert len(primary(name)) - 1 >= 30
    assert all(a["role"] != b["role"] for a, b in itertools.pairwise(primary(name)))
    kinds = behaviours(turns)
    asked = [k for k in kinds if k in {"reflection", "summary", "check_in"} or "question" in k]
    assert len(asked) >= 12


@sessions
def test_behaviours_are_the_fields_own_and_only_the_therapists(name):
    for turn in known(name)["turns"]:
        assert set(turn["behaviours"]) <= BEHAVIOURS
        assert bool(turn["behaviours"]) == (turn["role"] == "therapist")


@sessions
def test_turns_and_words_nest(name):
    turns = known(name)["turns"]
    assert [turn["index"] for turn in turns] == list(range(len(turns)))
    assert turns == sorted(turns, key=lambda turn: turn["start_s"])
    for turn in turns:
        edges = [edge for stretch in turn["speech"] for edge in stretch]
        assert edges == sorted(edges)
        assert (edges[0], edges[-1]) == (turn["start_s"], turn["end_s"])
        assert turn["text"] == " ".join(word["text"] for word in turn["words"])
        times = [time for word in turn["words"] for time in (word["start_s"], word["end_s"])]
        assert times == sorted(times)
        assert turn["start_s"] - 0.001 <= times[0]
        assert times[-1] <= turn["end_s"] + 0.001
        assert all(word["end_s"] - word["start_s"] > 0.01 for word in turn["words"])


@sessions
def test_words_lie_where_there_is_speech(name):
    for turn in known(name)["turns"]:
        spoken = grid(turn["speech"], known(name)["duration_s"])
        for word in turn["words"]:
            stretch = spoken[round(word["start_s"] * 1000) : round(word["end_s"] * 1000)]
            assert stretch.mean() > 0.6, (turn["index"], word)


@sessions
def test_rttm_says_what_the_json_says(name):
    spans: dict[str, list[tuple[float, float]]] = {"therapist": [], "client": []}
    for line in (HERE / f"{name}.rttm").read_text("utf-8").splitlines():
        kind, file, channel, start, length, *_, voice, _, _ = line.split()
        assert (kind, file, channel) == ("SPEAKER", name, "1")
        spans[voice].append((float(start), float(start) + float(length)))
    for role, stretches in spans.items():
        marked = grid(stretches, known(name)["duration_s"])
        assert longest(marked != speech(name, role)) <= 2
        ordered = sorted(stretches)
        assert all(
            b[0] - a[1] > 0.198 for a, b in itertools.pairwise(ordered)
        )  # shorter pauses do not divide


@sessions
def test_vtt_says_what_the_json_says(name):
    text = (HERE / f"{name}.vtt").read_text("utf-8")
    cue = re.compile(r"(\d+)\.\d+\n([\d:.]+) --> ([\d:.]+)\n<v (\w+)>(.*)</v>\n")
    found: dict[int, list[tuple[str, float, float, str]]] = {}
    for index, start, end, role, words in cue.findall(text + "\n"):
        clock = [
            sum(float(x) * 60**n for n, x in enumerate(t.split(":")[::-1])) for t in (start, end)
        ]
        found.setdefault(int(index), []).append((role, clock[0], clock[1], words))
    assert text.startswith("WEBVTT\n\n")
    assert text.count(" --> ") == sum(len(cues) for cues in found.values())
    for turn in known(name)["turns"]:
        cues = found[turn["index"]]
        assert {role for role, *_ in cues} == {turn["role"]}
        assert " ".join(words for *_, words in cues) == turn["text"]
        assert cues[0][1] >= turn["start_s"] - 0.002
        assert cues[-1][2] <= turn["end_s"] + 0.002


@sessions
def test_overlaps_are_exactly_where_both_speak(name):
    both = speech(name, "therapist") & speech(name, "client")
    listed = known(name)["overlaps"]
    marked = grid([(o["start_s"], o["end_s"]) for o in listed], known(name)["duration_s"])
    assert longest(marked & ~both) <= 2
    assert longest(both & ~marked) <= 11  # stretches under 10 ms are not listed
    turns = known(name)["turns"]
    for overlap in listed:
        early, late = (turns[index] for index in overlap["turns"])
        assert early["role"] != late["role"] == overlap["by"]
        assert early["start_s"] <= late["start_s"] <= overlap["start_s"] + 0.001
        assert (overlap["kind"] == "backchannel") == (
            "backchannel" in {early["kind"], late["kind"]}
        )
        if overlap["kind"] == "interruption":
            assert early["text"].endswith("\N{EM DASH}")
        if overlap["kind"] == "terminal":
            assert overlap["end_s"] - overlap["start_s"] <= 0.5


@sessions
def test_silences_are_exactly_where_nobody_speaks(name):
    anybody = speech(name, "therapist") | speech(name, "client")
    listed = known(name)["silences"]
    marked = grid([(s["start_s"], s["end_s"]) for s in listed], known(name)["duration_s"])
    assert not (marked & anybody).any()
    spoken = np.flatnonzero(anybody)
    quiet = ~anybody & ~marked
    quiet[: spoken[0]] = quiet[spoken[-1] :] = False
    assert longest(quiet) < 202  # all that is not listed is shorter than 0.2 s
    for silence in listed:
        role = {"previous": silence["start_s"] - 0.02, "next": silence["end_s"] + 0.02}
        for side, moment in role.items():
            assert speech(name, silence[side])[round(moment * 1000)]
        length = silence["end_s"] - silence["start_s"]
        assert (silence["kind"] == "silence") == (length >= 3.0 - 0.001)
        if silence["kind"] != "silence":
            assert (silence["kind"] == "pause") == (silence["previous"] == silence["next"])
        assert silence["ended_by"] == silence["next"]


# --- the truth agrees with the sound ------------------------------------------------------


@sessions
def test_the_recording_is_as_described(name):
    info = soundfile.info(HERE / f"{name}.flac")
    assert (info.format, info.subtype) == ("FLAC", "PCM_16")
    assert info.samplerate == known(name)["sample_rate_hz"]
    assert info.channels == len(known(name)["channels"])
    assert abs(info.duration - known(name)["duration_s"]) <= 0.001
    assert max(turn["end_s"] for turn in known(name)["turns"]) < info.duration


def test_all_files_together_stay_small():
    files = [p for p in HERE.glob("*") if p.is_file()]
    assert sum(path.stat().st_size for path in files) < 16e6


@sessions
def test_nothing_is_digitally_silent_or_clipped(name):
    samples, rate = sound(name)
    block = rate // 100
    blocks = samples[: len(samples) // block * block].reshape(-1, block, samples.shape[1])
    assert (blocks.std(axis=1) > 1 / 32768).all()
    assert np.abs(samples).max() < 0.95


@sessions
def test_silences_sound_silent_and_speech_does_not(name):
    samples, rate = sound(name)
    mono = samples.sum(axis=1)
    long = [s for s in known(name)["silences"] if s["end_s"] - s["start_s"] >= 0.5]
    quiet = [
        decibels(mono[round((s["start_s"] + 0.3) * rate) : round((s["end_s"] - 0.02) * rate)])
        for s in long
    ]
    assert len(quiet) >= 20
    assert max(quiet) - min(quiet) < 4.0  # nothing but the room's noise, reverberation died away
    loud = [
        decibels(mono[round(start * rate) : round(end * rate)])
        for turn in known(name)["turns"]
        for start, end in turn["speech"]
    ]
    assert min(loud) > max(quiet) + 12
    assert 35 <= np.median(loud) - np.median(quiet) <= 48


@sessions
def test_turns_begin_where_the_sound_does(name):
    samples, rate = sound(name)
    mono = samples.sum(axis=1)
    hop = rate // 500
    misses = []
    for silence in known(name)["silences"]:
        start = silence["end_s"]
        if start - silence["start_s"] < 0.5:
            continue
        frames = mono[round((start - 0.15) * rate) : round((start + 0.15) * rate)]
        frames = frames[: len(frames) // hop * hop].reshape(-1, hop)
        levels = 10 * np.log10(np.square(frames).mean(axis=1))
        risen = np.flatnonzero(levels > np.median(levels[:60]) + 12)
        misses.append(abs(risen[0] * 0.002 - 0.15))
    assert len(misses) >= 20
    assert np.median(misses) <= 0.010
    assert np.percentile(misses, 95) <= 0.040


def test_two_channels_are_the_same_session_apart():
    mono, stereo = known("attentive"), known("attentive_two_channel")
    assert stereo["channels"] == ["therapist", "client"]
    for part in ("turns", "overlaps", "silences", "duration_s"):
        assert mono[part] == stereo[part]
    samples, rate = sound("attentive_two_channel")
    for channel, (role, other) in enumerate((("therapist", "client"), ("client", "therapist"))):
        alone = speech("attentive", role) & ~speech("attentive", other)
        heard = np.flatnonzero(alone)[::10] * rate // 1000
        near, far = samples[heard, channel], samples[heard, 1 - channel]
        assert 18 < decibels(near) - decibels(far) < 34


@sessions
def test_consent_is_recorded_for_exactly_these_bytes(name):
    recording = admission.admit(HERE / f"{name}.flac", today=date(2030, 1, 1))
    assert recording.consent.given_by == "synthetic-voices"
    assert recording.consent.scopes == consent.SCOPES
    assert recording.consent.expires_on == "2099-12-31"


# --- the sessions differ as they were meant to --------------------------------------------


def test_the_hurried_therapist_differs_from_the_attentive_one():
    slow, fast = primary("attentive"), primary("hurried")
    assert known("attentive")["voices"] == known("hurried")["voices"]
    assert statistics.median(latencies(slow)) > statistics.median(latencies(fast)) + 0.8
    assert share("hurried") > share("attentive") + 0.08
    assert letter_rate(fast) > 1.15 * letter_rate(slow)
    kinds = {name: behaviours(known(name)["turns"]) for name in ("attentive", "hurried")}
    assert kinds["attentive"].count("reflection") >= 5 > kinds["hurried"].count("reflection")
    assert kinds["attentive"].count("question_open") >= 5 > kinds["hurried"].count("question_open")
    assert kinds["hurried"].count("question_closed") >= 10
    assert kinds["hurried"].count("advice") >= 4 > kinds["attentive"].count("advice")
    assert kinds["attentive"].count("backchannel") >= 10 > kinds["hurried"].count("backchannel")
    meant = {name: [o["kind"] for o in known(name)["overlaps"]] for name in kinds}
    assert meant["hurried"].count("interruption") >= 6
    assert meant["attentive"].count("interruption") == 0
    held = {name: [s for s in known(name)["silences"] if s["kind"] == "silence"] for name in kinds}
    assert len(held["attentive"]) >= 3
    assert not held["hurried"]


def test_the_hurried_voice_is_louder_and_less_soft_in_the_sound_itself():
    def voice(name, role):
        samples, rate = sound(name)
        alone = [
            samples[round(start * rate) : round(end * rate), 0]
            for turn in primary(name)
            if turn["role"] == role
            and not any(turn["index"] in o["turns"] for o in known(name)["overlaps"])
            for start, end in turn["speech"]
        ]
        spectra = [np.square(np.abs(np.fft.rfft(stretch, 1 << 18))) for stretch in alone]
        power = np.sum(spectra, axis=0)
        hertz = np.fft.rfftfreq(1 << 18, 1 / rate)
        low = power[(hertz > 50) & (hertz < 1000)].sum()
        high = power[(hertz > 1000) & (hertz < 5000)].sum()
        return decibels(np.concatenate(alone)), 10 * np.log10(low / high)

    (loud, loud_ratio), (soft, soft_ratio) = (
        voice("hurried", "therapist"),
        voice("attentive", "therapist"),
    )
    assert loud - soft > 4
    assert soft_ratio - loud_ratio > 1.5
    # the client is the same man: a little lower in the attentive hour, no other voice
    assert abs(voice("hurried", "client")[0] - voice("attentive", "client")[0]) < 2


def test_the_manner_changes_half_way():
    turns = known("half_way")["turns"]
    (turning,) = [turn["start_s"] for turn in turns if "repair" in turn["behaviours"]]
    assert 0.3 < turning / known("half_way")["duration_s"] < 0.7
    before = [turn for turn in turns if turn["end_s"] < turning]
    after = [turn for turn in turns if turn["start_s"] > turning]
    waits = [
        statistics.median(latencies([t for t in part if t["kind"] == "primary"]))
        for part in (before, after)
    ]
    assert waits[1] > waits[0] + 0.8
    assert letter_rate(before) > 1.15 * letter_rate(after)
    assert "reflection" not in behaviours(before)
    assert "question_closed" not in behaviours(after)
    assert not {"advice", "confrontation"} & set(behaviours(after))
    assert behaviours(after).count("backchannel") >= 5 > behaviours(before).count("backchannel")
    voices_of = {name: known(name)["voices"]["therapist"]["engine"] for name in NAMES}
    assert voices_of["half_way"] != voices_of["attentive"]


def test_the_readme_counts_right():
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", (HERE / "README.md").read_text("utf-8"), re.M)
    assert sorted(name for name, _ in rows) == sorted(NAMES)
    for name, row in rows:
        turns, kinds = known(name)["turns"], behaviours(known(name)["turns"])
        overlaps = [overlap["kind"] for overlap in known(name)["overlaps"]]
        silences = [silence["kind"] for silence in known(name)["silences"]]
        asked = sum(kind.startswith("question") for kind in kinds)
        reflected = kinds.count("reflection") + kinds.count("summary")
        assert row.split(" | ") == [
            f"{known(name)['duration_s']:.0f} s",
            f"{known(name)['sample_rate_hz'] // 1000} kHz, {len(known(name)['channels'])}",
            f"{len(primary(name))} + {len(turns) - len(primary(name))}",
            f"{100 * share(name):.0f} %",
            f"{statistics.median(latencies(primary(name))):+.2f} s",
            f"{overlaps.count('interruption')}",
            f"{silences.count('silence')}",
            f"{asked} / {reflected}",
        ]


# --- how they are made --------------------------------------------------------------------


def test_marks_of_a_script():
    first, second = script.parse("Well, (0.5) I [mm] was // going to -- say.")
    assert (first.text, first.pause_s) == ("Well,", 0.0)
    assert (second.text, second.pause_s) == ("I was going to say.", 0.5)
    assert second.asides == (script.Aside("mm", 1),)
    assert (second.next_from, second.heard) == (2, 4)


def test_a_pause_belongs_to_the_words_after_it():
    pieces = script.parse("(0.3) (0.4) One. (1.0) Two. (9)")
    assert [(piece.text, piece.pause_s) for piece in pieces] == [("One.", 0.7), ("Two.", 1.0)]


@sessions
def test_truth_tells_the_script_word_for_word(name):
    lines = script.read_script(name).lines
    told = primary(name)
    assert len(lines) == len(told)
    for line, turn in zip(lines, told, strict=True):
        heard = " ".join(" ".join(piece.text.split()[: piece.heard]) for piece in line.pieces)
        assert turn["text"].rstrip("\N{EM DASH}") == heard
        assert (turn["role"], tuple(turn["behaviours"])) == (line.role, line.kinds)


def test_words_that_are_spoken_as_one_share_its_time():
    phones = "sʌm ʌvðə taɪm,"
    sentence = speak.Spoken(np.zeros(0), phones, [0.1] * len(phones), 0.2, [1, 2, 1])
    words = sentence.words()
    assert [round(end - start, 3) for start, end in words] == [0.3, 0.2, 0.2, 0.4]
    assert words[0][0] == pytest.approx(0.2)
    assert words[1][0] == pytest.approx(0.6)  # a space lasts too
    assert words[3][1] == pytest.approx(0.2 + 0.1 * (len(phones) - 1))  # the comma is no sound


def test_words_begin_and_end_with_the_sound():
    said = [(0.05, 0.2, "so"), (0.25, 0.7, "it,"), (0.72, 0.75, "a"), (0.9, 1.2, "week.")]
    words = [Word(Span(a, b), text) for a, b, text in said]
    placed = synthesisers.in_stretches(words, [Span(0.0, 0.5), Span(1.0, 1.4)])
    times = [(w.text, round(w.span.start, 3), round(w.span.end, 3)) for w in placed]
    assert times == [("so", 0.0, 0.2), ("it,", 0.25, 0.42), ("a", 0.42, 0.5), ("week.", 1.0, 1.4)]


def test_sounding_finds_the_edges_of_a_tone_and_closes_short_gaps():
    rate = 16000
    wave = np.zeros(2 * rate)
    for start, end in ((0.3, 0.6), (0.75, 1.0), (1.4, 1.7)):
        wave[round(start * rate) : round(end * rate)] = np.sin(
            np.arange(round((end - start) * rate))
        )
    spans = [(span.start, span.end) for span in synthesisers.sounding(wave, rate)]
    assert np.allclose(spans, [(0.3, 1.0), (1.4, 1.7)], atol=0.006)


def test_who_came_in_and_why_is_told_from_the_script():
    def turn(role, kind, start, end, broken_into=False):
        return play.Played(
            role=role, kind=kind, kinds=(), manner=script.Manner("plain"), words=(),
            speech=(Span(start, end),), samples=np.zeros(0), start=start,
            broken_into=broken_into,
        )  # fmt: skip

    turns = (
        turn("client", "primary", 0.0, 5.0, broken_into=True),
        turn("therapist", "backchannel", 1.0, 1.4),
        turn("therapist", "primary", 4.2, 7.0),
        turn("client", "primary", 6.8, 8.0),
    )
    found = [(o["kind"], o["by"], o["turns"]) for o in truth.overlaps(turns)]
    assert found == [
        ("backchannel", "therapist", [0, 1]),
        ("interruption", "therapist", [0, 2]),
        ("terminal", "client", [2, 3]),
    ]


def test_without_the_synthesisers_it_says_what_to_install(monkeypatch, capsys):
    def absent(request):
        raise OSError

    monkeypatch.setattr(synthesisers, "ask", absent)
    assert make.main(["hurried"]) == 2
    said = capsys.readouterr()
    assert "make samples" in said.err
    assert said.out == ""


def test_check_compares_and_writes_nothing(monkeypatch, capsys, tmp_path):
    def remake(wanted, folder):
        files = [folder / f"{wanted.name}.vtt", folder / f"{wanted.name}.rttm"]
        for file in files:
            shutil.copyfile(HERE / file.name, file)
        return files

    monkeypatch.setattr(make, "missing", lambda: None)
    monkeypatch.setattr(make, "make", remake)
    monkeypatch.setattr(make, "HERE", tmp_path)
    shutil.copyfile(HERE / "hurried.vtt", tmp_path / "hurried.vtt")
    (tmp_path / "hurried.rttm").write_text("stale")
    assert make.main(["hurried", "--check"]) == 1
    assert capsys.readouterr().out.split() == ["same", "hurried.vtt", "changed", "hurried.rttm"]
    assert (tmp_path / "hurried.rttm").read_text() == "stale"
    assert make.main(["hurried"]) == 0
    assert make.main(["hurried", "--check"]) == 0


PIECE = """
title = "two lines"
seed = 7
[therapist]
engine = "hibari"
voice = "heart"
[client]
engine = "piper"
voice = "joe"
[manner.therapist]
rate = 1.1
[manner.client]
[manner.therapist_aside]
level_db = -6.0
[manner.client_aside]
[[turn]]
client = "I went home. (0.6) I was [mm-hm] rather late and // it was -- dark."
[[turn]]
therapist = "Was it raining?"
kinds = ["question_closed"]
"""


@pytest.mark.skipif(not synthesisers.VOICES.exists(), reason=synthesisers.MISSING)
def test_making_is_deterministic_and_true(tmp_path):
    (tmp_path / "short.toml").write_text(PIECE)
    made = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        synthesisers.ask.cache_clear()
        files = make.make(script.read_script("short", tmp_path), folder)
        made.append([file.read_bytes() for file in files])
    assert made[0] == made[1]
    told = json.loads((tmp_path / "a" / "short.json").read_text("utf-8"))
    client, murmur, therapist = told["turns"]
    assert client["text"] == "I went home. I was rather late and it was\N{EM DASH}"
    assert (murmur["kind"], murmur["text"]) == ("backchannel", "mm-hm")
    assert therapist["text"] == "Was it raining?"
    assert [o["kind"] for o in told["overlaps"]] == ["backchannel", "interruption"]
    after_and = client["words"][7]["end_s"]
    assert therapist["start_s"] == pytest.approx(after_and, abs=0.002)
    assert admission.admit(tmp_path / "a" / "short.flac", today=date(2030, 1, 1))


def test_a_sample_whose_consent_was_withdrawn_is_named_in_a_line(tmp_path, monkeypatch, capsys):
    """Whoever tried a withdrawal with a copy of a sample has withdrawn the sample."""
    from sample_audio import demo

    withdrawn(sha256_of(demo.HERE / "attentive.flac"))
    monkeypatch.setattr("sys.argv", ["demo", "--library", str(tmp_path / "l")])
    assert demo.main() == 2
    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert "attentive.flac" in line and "withdrawn" in line


def test_progress_of_the_demonstration_is_shown_before_the_first_sample_is_done(capsys):
    from sample_audio.demo import STEPS, Ahead

    ahead = Ahead({"first": 100.0, "second": 300.0})
    first = ahead.of("first")
    for step in STEPS:
        first(step, None)
    first("stage.voices", 0.5)  # a channel each is heard twice: what is done stays done
    first("stage.listening", 1.0)
    ahead.of("second")("stage.words", 1.0)
    lines = capsys.readouterr().err.splitlines()
    done = [int(line.split("%")[0].split()[-1]) for line in lines]
    assert len(lines) >= len(STEPS)
    assert done == sorted(done)
    assert done[-1] == round(25 + 75 * sum(list(STEPS.values())[:6]))
