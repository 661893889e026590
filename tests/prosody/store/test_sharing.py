"""Packs that leave a library: only where consent says so, names covered and bleeped, told."""

import csv
import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from diarize.messages import message
from diarize.timeline import Span
from prosody.features.frame_files import save as save_frames
from prosody.render.masking import COVER, covering
from prosody.settings import Sharing
from prosody.store import bleeping, sharing, written
from prosody.store.encrypting import encrypt
from prosody.store.library import Library
from prosody.store.schema import audit
from prosody.store.written import COMMENTS, Written
from tests.consents import told, withdrawn
from tests.prosody.conftest import keep, retold_words
from tests.prosody.store.test_encrypting import ENTRY, passphrase  # noqa: F401
from tests.said import refused

RATE = 16_000
NAMED = "Yes Anna said and nobody in Little Hadham seemed to notice it"
SCOPES = ("analyse", "keep_words", "play_back", "share")


def sound(seed=0, *, but=None):
    """Noise of 31 s; `but` is a stretch that holds something else."""
    samples = np.random.default_rng(seed).normal(0, 0.1, 31 * RATE)
    if but is not None:
        first, last = (round(at * RATE) for at in but)
        samples[first:last] = np.random.default_rng(99).normal(0, 0.3, last - first)
    return samples


def kept(folder, report, frames, samples, scopes=SCOPES, text=NAMED):
    told = retold_words(report, 3, text)
    told = replace(told, consent=replace(told.consent, scopes=scopes))
    keep(
        folder, ENTRY, told, lambda to: save_frames(frames, to),
        write_audio=lambda to: soundfile.write(to, samples, RATE, format="FLAC", subtype="PCM_16"),
    )  # fmt: skip
    return Library(folder)


@pytest.fixture
def library(tmp_path, report, frames):
    return kept(tmp_path, report, frames, sound())


def opened(pack):
    with zipfile.ZipFile(io.BytesIO(pack.zipped)) as held:
        return {name: held.read(name) for name in held.namelist()}


def test_a_pack_without_speech_holds_figures_and_covered_words_and_nothing_of_who(library):
    note = Written("comment", 13.0, {"text": "a private remark"}, "sup-1")
    written.put(library, "s-1", COMMENTS, [note])
    made = sharing.pack(library, "s-1", by="sup-1")
    files = opened(made)
    assert set(files) == {"report.html", "measures.csv", "turns.csv"}
    whole = b"".join(files.values()).decode()
    for secret in ("Anna", "anna", "Hadham", "s-1", ENTRY.sha256, "a private remark", "sup-1"):
        assert secret not in whole, secret
    rows = list(csv.DictReader(io.StringIO(files["turns.csv"].decode())))
    assert rows[3]["text"].count(COVER) == 2 and "nobody" in rows[3]["text"]
    assert "<svg" in files["report.html"].decode()
    assert f"<h1>{message('page.shared_session')}</h1>" in files["report.html"].decode()
    assert {"anna", "hadham"} <= set(made.cover.words)


def test_without_the_scope_nothing_leaves_and_nothing_is_told(tmp_path, report, frames):
    library = kept(tmp_path, report, frames, sound(), scopes=SCOPES[:3])
    with refused("library.not_shared"):
        sharing.pack(library, "s-1", by="sup-1")
    with library.opened() as held:
        assert not [r for r in held.execute(audit.select()) if "shared" in r.what]


def test_a_consent_withdrawn_while_a_pack_is_made_lets_nothing_out(library):
    def also():
        withdrawn(ENTRY.sha256)
        yield "seemed"

    with refused("library.no_session"):
        sharing.pack(library, "s-1", by="sup-1", also=also())


def narrowed(report, scopes):
    given = replace(report.consent, scopes=scopes)
    recording = replace(report.recording, sha256=ENTRY.sha256)
    told(replace(report, consent=given, recording=recording))


def test_a_consent_narrowed_while_a_pack_is_made_lets_no_word_out(library, report):
    def also():
        narrowed(report, ("analyse", "share"))
        yield "seemed"

    with refused("share.narrowed"):
        sharing.pack(library, "s-1", by="sup-1", also=also())
    with library.opened() as held:
        assert not [r for r in held.execute(audit.select()) if "shared" in r.what]
    made = sharing.pack(library, "s-1", by="sup-1")  # what is still allowed, without words
    assert "seemed to notice" not in "".join(map(bytes.decode, opened(made).values()))


@pytest.mark.parametrize("scopes", [("analyse", "share"), SCOPES[:3]])
def test_a_file_is_taken_back_if_its_consent_was_narrowed_while_it_was_made(
    library, report, tmp_path, scopes
):
    under, target = library.load("s-1").consent, tmp_path / "out.zip"
    target.write_bytes(b"made")
    sharing.recheck(library, "s-1", under, target)
    assert target.exists()
    narrowed(report, scopes)
    with refused("library.not_shared" if "share" not in scopes else "share.narrowed"):
        sharing.recheck(library, "s-1", under, target)
    assert not target.exists()
    target.mkdir()  # as a disk that lets nothing be taken away
    with refused("share.left_there", file=str(target)):
        sharing.recheck(library, "s-1", under, target)


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1+1", "@x", "\tx"])
def test_a_spreadsheet_runs_no_word_of_a_pack(tmp_path, report, frames, begins):
    library = kept(tmp_path, report, frames, sound(), text=f"{begins} and so on it went for me")
    pack = opened(sharing.pack(library, "s-1", by="sup-1"))
    tables = [held.decode() for name, held in pack.items() if name.endswith(".csv")]
    texts = [row.get("text", "") for table in tables for row in csv.DictReader(io.StringIO(table))]
    assert any("so on it went" in text for text in texts)
    assert not any(text.startswith(tuple("=+-@\t")) for text in texts)


def test_who_shared_what_is_in_the_audit(library):
    sharing.pack(library, "s-1", by="sup-1")
    sharing.pack(library, "s-1", by="sup-2", clips=[Span(13, 16)])
    with library.opened() as held:
        told = [(r.who, r.what, r.session_id) for r in held.execute(audit.select())][-2:]
    assert told == [
        ("sup-1", "shared without speech", "s-1"),
        ("sup-2", "shared with clips", "s-1"),
    ]


def test_a_clip_holds_nothing_of_the_original_where_it_is_bleeped(tmp_path, report, frames):
    """Two recordings that differ where a name is said give the same bytes."""
    name = next(w for w in retold_words(report, 3, NAMED).turns[3].words if w.text == "Anna")
    other = sound(but=(name.span.start, name.span.end))
    span = Span(12.5, 19.0)
    made = []
    for at, samples in enumerate((sound(), other)):
        library = kept(tmp_path / str(at), report, frames, samples)
        made.append(sharing.pack(library, "s-1", by="sup-1", clips=[span]))
    first, second = (opened(one)["clips/01.flac"] for one in made)
    assert first == second
    heard, rate = soundfile.read(io.BytesIO(first))
    assert (rate, len(heard)) == (RATE, round(span.duration * RATE))
    apart = sound()[round(18.4 * RATE) : round(18.9 * RATE)]
    there = heard[round((18.4 - span.start) * RATE) :][: len(apart)]
    assert np.corrcoef(apart, there)[0, 1] > 0.99, "what is no name is heard"
    at = round(((name.span.start + name.span.end) / 2 - span.start) * RATE)
    spectrum = np.abs(np.fft.rfft(heard[at - 800 : at + 800]))
    assert np.argmax(spectrum) == pytest.approx(1000 * 1600 / RATE, abs=1)
    assert 0 < made[0].clips[0][1] < span.duration


def test_a_clip_of_an_encrypted_library_is_the_same(library, passphrase):  # noqa: F811
    plain = opened(sharing.pack(library, "s-1", by="sup-1", clips=[Span(13, 16)]))
    encrypt(library)
    assert opened(sharing.pack(library, "s-1", by="sup-1", clips=[Span(13, 16)])) == plain


def test_speech_without_words_is_bleeped(report):
    silent = replace(report.turns[5], words=())
    turns = [*report.turns[:5], silent, *report.turns[6:]]
    hidden = bleeping.bleeped(turns, covering(report), rules=Sharing())
    assert any(part.start <= silent.span.start and silent.span.end <= part.end for part in hidden)


@pytest.mark.parametrize(
    ("clips", "code"),
    [
        ([Span(0, 1)] * 4, "share.too_many"),
        ([Span(0, 121)], "share.too_long"),
        ([Span(20, 40)], "share.outside"),
    ],
)
def test_clips_are_few_short_and_within_the_session(library, clips, code):
    with refused(code):
        sharing.pack(library, "s-1", by="sup-1", clips=clips)


def test_without_words_there_is_no_clip(tmp_path, report, frames):
    bare = tuple(replace(turn, words=()) for turn in report.turns)
    mute = replace(report, conversation=replace(report.conversation, utterances=bare))
    library = kept(tmp_path, mute, frames, sound(), text="")
    with refused("share.no_words"):
        sharing.pack(library, "s-1", by="sup-1", clips=[Span(13, 16)])
