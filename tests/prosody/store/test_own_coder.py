"""Coded sessions of a site, and how a coder is judged on them."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.shared.kills import killed_at, possible
from diarize.formats.table import read_transcript
from prosody.features.frame_files import save as save_frames
from prosody.settings import Trained
from prosody.store.coded_talks import CodedSession, coded_in
from prosody.store.library import Entry, Library
from prosody.store.own_coder import Judged, evaluate, judge, keep, lesson, train
from prosody.trained.fine_tuning import Recipe
from prosody.trained.habits import SIGNS, Habits
from prosody.trained.network import OUTPUTS
from prosody.trained.weights import (
    ENCODER,
    SHIPPED,
    base,
    coder,
    learned_in,
    own_file,
    record_of,
    there,
)
from tests.prosody.conftest import keep as save
from tests.said import refused

CSV = """session,role,text,codes
a,therapist,What was that like for you?,question_open
a,client,I could not sleep at all that night.,
a,therapist,It sounds like you were frightened.,reflection affirmation
b,client,I stopped.,
b,therapist,Mm-hmm.,
"""


@pytest.fixture
def sessions(tmp_path):
    (tmp_path / "coded.csv").write_text(CSV, "utf-8")
    return coded_in(tmp_path / "coded.csv")


def test_a_csv_file_gives_its_sessions_with_all_their_codes(sessions):
    assert [(s.name, len(s.turns)) for s in sessions] == [("a", 3), ("b", 2)]
    first, third = sessions[0].taught()
    assert (first.main, first.present) == (0, (1, 0, 0)) and first.turn.said.startswith("What")
    assert (third.main, third.present) == (1, (0, 1, 0)) and third.turn.heard.startswith("I could")
    ((nod,),) = (sessions[1].taught(),)
    assert (nod.main, nod.present) == (3, (0, 0, 0))


def test_of_a_corrected_session_only_what_was_named_is_known():
    turns = (("therapist", "What now?"), ("client", "Rain."), ("therapist", "You left."))
    (one,) = CodedSession("s-1", turns, (("question_open",), None, None), whole=False).taught()
    assert one.turn.said == "What now?" and one.present == (1, -1, -1)


def test_a_transcript_has_its_codes_in_a_voice_of_their_own(tmp_path):
    (tmp_path / "s.vtt").write_text(
        "WEBVTT\n\n00:00.000 --> 00:02.000\n<v T>What happened?\n\n"
        "00:02.000 --> 00:04.000\n<v C>I left.\n\n"
        "00:04.000 --> 00:06.000\n<v T>You left.\n\n"
        "00:00.500 --> 00:01.500\n<v codes>question_open\n\n"
        "00:04.200 --> 00:05.000\n<v codes>reflection\n",
        "utf-8",
    )
    (session,) = coded_in(tmp_path / "s.vtt", "T")
    given = {text: kinds for (_, text), kinds in zip(session.turns, session.kinds, strict=True)}
    assert given == {
        "What happened?": ("question_open",),
        "I left.": None,
        "You left.": ("reflection",),
    }
    with refused("coder.no_codes"):
        coded_in(tmp_path / "s.vtt")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CSV.replace("question_open", "questioning"), "coder.no_such_code"),
        ("a,b\n1,2\n", "coder.csv_unreadable"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, text, said):
    (tmp_path / "odd.csv").write_text(text, "utf-8")
    with refused(said):
        coded_in(tmp_path / "odd.csv")


def test_the_rules_alone_are_judged_by_sessions(sessions):
    judged = judge(sessions, lambda session: None, draws=20)
    assert (judged.sessions, judged.turns) == (2, 3)
    assert judged.figures["question"][0] == 1.0 and judged.figures["reflection"][0] == 1.0
    assert all(low <= value <= high for value, low, high in judged.figures.values())


@pytest.fixture
def encoder(monkeypatch):
    """The packaged encoder, which other tests do without."""
    monkeypatch.delenv("PROSODY_PACKAGED_WEIGHTS", raising=False)
    if not there():
        pytest.skip("the package with the encoder is not installed")
    base.cache_clear()
    yield base()
    base.cache_clear()


def many(count):
    """Sessions of a site that calls every statement with a question mark a reflection."""
    said = ("You felt {}?", "What about {}?", "You have had enough {}?", "Right, {}.")
    kinds = (("reflection",), ("question_open",), ("reflection",), ())
    words = ("work", "sleep")
    for n in range(count):
        own = [("therapist", text.format(word)) for word in words for text in said]
        turns = (("client", f"It was hard for {n + 2} weeks."), *own)
        yield CodedSession(f"t{n}", turns, (None, *(kinds * len(words))))


def test_a_site_is_judged_on_sessions_held_out_beside_what_ships(encoder):
    told = []
    judged, before = evaluate(
        lesson(list(many(40))), Trained(draws=20), lambda *one: told.append(one)
    )
    assert (judged.sessions, judged.turns) == (before.sessions, before.turns) == (40, 320)
    assert [code for code, _ in told] == ["coder.fold"] * Trained().folds
    assert judged.figures["question"][0] > before.figures["question"][0]


def test_what_a_site_learned_stands_beside_the_weights_that_ship(encoder, tmp_path):
    sessions = list(many(20))
    learned = train(lesson(sessions))
    place = own_file(tmp_path)
    place.parent.mkdir()
    np.savez(place, **learned)
    own, ships = coder(place), coder()
    assert own.sha256 != ships.sha256
    assert np.array_equal(own.habits.weight, Habits.of(learned).weight) and ships.habits is None
    turn = next(one.turn for one in sessions[0].taught())
    said, shipped = (reader.read([turn], {})[turn.key] for reader in (own, ships))
    assert said == own.habits.heard(turn, shipped, Trained())
    # a question less, and a reflection more, than what ships would say
    assert said[4] < shipped[4] and said[5] > shipped[5]


def test_weights_that_an_earlier_version_kept_are_read_as_before(encoder, tmp_path):
    place = own_file(tmp_path)
    place.parent.mkdir()
    np.savez(place, **learned_in(SHIPPED))
    turn = next(one.turn for one in next(many(1)).taught())
    own, ships = coder(place), coder()
    assert own.habits is None and own.read([turn], {}) == ships.read([turn], {})


def test_habits_that_cannot_be_are_refused(encoder, tmp_path):
    place = own_file(tmp_path)
    place.parent.mkdir()
    np.savez(place, **{**train(lesson(list(many(5)))), "bias": np.full(7, np.inf)})
    with refused("coder.weights_unreadable"):
        coder(place)


def test_encoders_that_a_site_trained_are_read_beside_its_habits(encoder, tmp_path):
    brief = Recipe(rounds=1, batch=32, seeds=(1, 2))
    told, limits = [], Trained(folds=2, draws=20)
    of = lesson(list(many(5)), limits, encoders=brief)
    evaluate(of, limits, lambda *one: told.append(one))
    learned = train(of, limits, lambda *one: told.append(one))
    rounds = [fields for code, fields in told if code == "coder.round"]
    assert rounds == [{"n": n, "of": 6} for n in range(1, 7)]
    assert {str(learned[n].dtype) for n in learned if n.startswith(ENCODER)} == {"float16"}
    place = own_file(tmp_path)
    place.parent.mkdir()
    np.savez(place, **learned)
    own, turn = coder(place), of.taught[0][0].turn
    heard = own.habits.heard(turn, coder().read([turn], {})[turn.key], Trained())
    one, two = (run([own.pieces.of(turn)])[0] for run in own.encoders)
    assert (one != two).all()
    assert own.read([turn], {})[turn.key] == own.habits.beside(heard, (one, two), Trained())
    for name in ("weight", "bias"):  # a head that says less than it should
        learned[f"{ENCODER}2.heads.pres.{name}"] = learned[f"{ENCODER}2.heads.pres.{name}"][:2]
    np.savez(place, **learned)
    with refused("coder.weights_unreadable"):
        coder(place)


@pytest.mark.parametrize(("sessions", "share"), [(52, 0.75), (5, 0.3), (0, 0.0)])
def test_encoders_count_less_where_sessions_are_few(sessions, share):
    def odds(logit):
        return 1 / (1 + np.exp(-logit / Trained().softness))

    inputs = len(SIGNS) + sum(map(len, OUTPUTS.values()))
    counts = np.full(4, sessions / (sessions + Trained().site_sessions))
    habits = Habits(np.zeros(inputs), np.ones(inputs), np.zeros((7, inputs)), np.zeros(7), counts)
    one, two = ((0.0, 0.0, 0.0, 0.0, logit, 0.0, 0.0) for logit in (3.0, -1.0))
    said = habits.beside((*(0.0,) * 15, 0.1), (one, two), Trained())
    meant = share * (odds(3.0) + odds(-1.0)) / 2 + (1 - share) * 0.5
    assert odds(said[4]) == pytest.approx(meant, abs=0.002) and said[7:] == (*(0.0,) * 8, 0.1)


def test_too_few_sessions_are_not_learned_from(sessions):
    with refused("coder.too_few"):
        lesson(sessions)


def elan(codes):
    """Write an ELAN document with a tier of codes, its annotations given."""
    spoken = {"T": ((1, "What happened?"), (5, "You left.")), "C": ((3, "I left."),)}
    tiers = {
        name: "".join(
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{at}" TIME_SLOT_REF1="t{at}" '
            f'TIME_SLOT_REF2="t{at + 1}"><ANNOTATION_VALUE>{text}</ANNOTATION_VALUE>'
            "</ALIGNABLE_ANNOTATION></ANNOTATION>"
            for at, text in own
        )
        for name, own in spoken.items()
    }
    tiers['codes" PARENT_REF="T' if "REF_ANN" in codes[:30] else "codes"] = codes
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{n}" TIME_VALUE="{n}000"/>' for n in range(8))
    own = "".join(f'<TIER TIER_ID="{name}">{said}</TIER>' for name, said in tiers.items())
    return f"<ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER>{own}</ANNOTATION_DOCUMENT>"


TIMED = "".join(
    f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="b{at}" TIME_SLOT_REF1="t{at}" '
    f'TIME_SLOT_REF2="t{at + 1}"><ANNOTATION_VALUE>{code}</ANNOTATION_VALUE>'
    "</ALIGNABLE_ANNOTATION></ANNOTATION>"
    for at, code in ((1, "question_open"), (5, "reflection"))
)
BELOW = "".join(
    f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="b{at}" ANNOTATION_REF="a{at}">'
    f"<ANNOTATION_VALUE>{code}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
    for at, code in ((1, "question_open"), (5, "reflection"))
)
GRID = '"ooTextFile"\n"TextGrid"\n0 7 <exists> 3\n' + "\n".join(
    f'"IntervalTier" "{name}" 0 7 {len(own)}\n'
    + "\n".join(f'{a} {b} "{text}"' for a, b, text in own)
    for name, own in {
        "T": ((1, 2, "What happened?"), (5, 6, "You left.")),
        "C": ((3, 4, "I left."),),
        "codes": ((1, 2, "question_open"), (5, 6, "reflection")),
    }.items()
)


@pytest.mark.parametrize(
    ("name", "text"),
    [("timed.eaf", elan(TIMED)), ("below.eaf", elan(BELOW)), ("s.TextGrid", GRID)],
)
def test_a_tier_of_codes_is_read_though_it_holds_no_speech(tmp_path, name, text):
    (tmp_path / name).write_text(text, "utf-8")
    (session,) = coded_in(tmp_path / name, "T")
    given = {text: kinds for (_, text), kinds in zip(session.turns, session.kinds, strict=True)}
    assert given == {
        "What happened?": ("question_open",),
        "I left.": None,
        "You left.": ("reflection",),
    }
    voices = {cue.voice for cue in read_transcript(tmp_path / name).cues}
    assert "codes" not in voices


def judged():
    return Judged(3, 30, {"macro_f1": (0.5, 0.4, 0.6)})


def test_where_a_record_cannot_be_put_the_pair_of_before_stands(tmp_path, monkeypatch):
    replace = Path.replace

    def put(number):
        learned, one = {"w": np.full(3, float(number))}, CodedSession(str(number), (), ())
        return keep(tmp_path, learned, [one], judged(), judged())

    def records_are_refused(self, target):
        if self.name == "coder.json":
            raise OSError(13, "no")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", records_are_refused)
        with refused("disk.cannot_write"):
            put(1)
        place = own_file(tmp_path)
        assert list(place.parent.iterdir()) == []
    put(1)
    record = place.with_suffix(".json").read_text()
    monkeypatch.setattr(Path, "replace", records_are_refused)
    with refused("disk.cannot_write"):
        put(2)
    assert learned_in(place)["w"][0] == 1 and place.with_suffix(".json").read_text() == record


@pytest.mark.skipif(not possible(), reason="strace cannot attach here")
@pytest.mark.parametrize("call", ["rename", "unlink", "fsync"])
def test_weights_never_stand_under_the_record_of_others(tmp_path, report, frames, call):
    """Killed anywhere: a record that is there is of the weights that are there."""
    for name, sha256 in (("s-1", "ab" * 32), ("s-2", "cd" * 32)):
        entry = Entry(name, sha256, "2026-01-01", 31.0)
        save(tmp_path / "l", entry, report, lambda to: save_frames(frames, to))
    of = {name: CodedSession(name, (), (), whole=False) for name in ("s-1", "s-2")}

    def put(name):
        learned = {"w": np.full(3, float(name[-1]))}
        return keep(tmp_path / "l", learned, [of[name]], judged(), judged())

    place = put("s-1")
    for number in range(1, 9):
        put("s-1")
        if not killed_at(lambda: put("s-2"), call, number):
            break
        with Library(tmp_path / "l").locked():
            pass
        told = record_of(place).get("learned_in_library")
        assert told in (None, [f"s-{learned_in(place)['w'][0]:.0f}"])
        assert {p.name for p in place.parent.iterdir()} <= {"coder.npz", "coder.json"}
    assert number > 1
