"""`prosody correct` as people type it: by turn and word, by an edited export, kept, taken back."""

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter

import jsonschema
import pytest

from diarize.formats.times import seconds
from tests.commands import prosody
from tests.conftest import ROOT
from tests.said import told
from tests.test_commands import folder  # noqa: F401  (a fixture is used by its name)

ENDINGS = (".eaf", ".TextGrid", ".vtt", ".srt", ".rttm", ".json")


@pytest.fixture(scope="module")
def analysed(tmp_path_factory, folder):  # noqa: F811
    place = tmp_path_factory.mktemp("analysed")
    done = prosody(
        "analyze", folder / "hurried.flac", "--library", place, "--session-id", "h", "--quiet"
    )
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture
def library(analysed, tmp_path):
    """The session as it was analysed, anew for each test."""
    place = tmp_path / "library"
    shutil.copytree(analysed, place)
    return place


def report(library):
    return json.loads((library / "h" / "report.json").read_text("utf-8"))


def correct(library, *arguments, code=0, **options):
    done = prosody("correct", "h", "--library", library, "--by", "sup-1", *arguments, **options)
    assert done.returncode == code, done.stderr
    return done


def exported(library, target):
    done = prosody("export", "h", "--library", library, "--to", target)
    assert done.returncode == 0, done.stderr
    return target


def words(now):
    return [(w["text"], t["voice"]) for t in now["turns"] for w in t["words"]]


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_export_nobody_edited_changes_nothing(library, tmp_path, ending):
    correct(library, "--history")
    before = report(library)
    correct(library, "--turns-from", exported(library, tmp_path / f"out{ending}"))
    now = report(library)
    assert {k: v for k, v in now.items() if k != "parts"} == {
        k: v for k, v in before.items() if k != "parts"
    }


def _in_elan(path, turn):
    """Move one annotation to the other tier, as ELAN saves it, and take its words' tier away."""
    tree = ElementTree.parse(path)
    root = tree.getroot()
    slots = {s.get("TIME_SLOT_ID"): int(s.get("TIME_VALUE")) for s in root.iter("TIME_SLOT")}
    tiers = {t.get("TIER_ID"): t for t in root.iter("TIER")}
    for note in list(tiers["client"]):
        start = slots[note[0].get("TIME_SLOT_REF1")]
        if abs(start - 1000 * turn["start_s"]) < 2:
            tiers["client"].remove(note)
            tiers["therapist"].append(note)
    for name, tier in tiers.items():
        if name.endswith("- words"):
            root.remove(tier)
    tree.write(path, encoding="UTF-8", xml_declaration=True)


def _in_praat(path, turn):
    """Relabel: empty the interval of one tier, and write its text into the other's."""
    at_s = turn["start_s"]
    lines = path.read_text("utf-8").splitlines()
    tiers = [i for i, line in enumerate(lines) if "name = " in line]
    start, end = tiers[0], tiers[1]
    assert "therapist" in lines[start]
    client = next(i for i in tiers if lines[i].strip() == 'name = "client"')
    at = next(
        i
        for i in range(client, len(lines))
        if "xmin" in lines[i] and abs(float(lines[i].split("=")[1]) - at_s) < 1e-3
    )
    text, until = lines[at + 2], float(lines[at + 1].split("=")[1])
    lines[at + 2] = '            text = ""'
    for i in range(start, end):
        if "intervals [" in lines[i] and 'text = ""' in lines[i + 3]:
            low, high = (float(lines[i + k].split("=")[1]) for k in (1, 2))
            if low - 1e-3 <= at_s and until <= high + 1e-3:
                lines[i + 1] = f"            xmin = {at_s}"
                lines[i + 2] = f"            xmax = {until}"
                lines[i + 3] = text
    path.write_text("\n".join(lines) + "\n", "utf-16")


def _in_an_editor(path, turn):
    """Relabel the cues of a turn: SRT has one for each stretch of speech in it."""
    lines = path.read_text("utf-8").splitlines()
    for i, line in enumerate(lines):
        if "-->" in line and turn["start_s"] <= seconds(line.split()[0]) + 1e-3 < turn["end_s"]:
            lines[i + 1] = lines[i + 1].replace("<v client>", "<v therapist>")
            lines[i + 1] = lines[i + 1].replace("client: ", "therapist: ")
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _alone(now):
    """The first turn of the client that no turn of the therapist overlaps: one tier can hold it."""
    theirs = [t for t in now["turns"] if t["role"] == "therapist"]
    return next(
        t
        for t in now["turns"]
        if t["role"] == "client"
        and all(o["end_s"] <= t["start_s"] or t["end_s"] <= o["start_s"] for o in theirs)
    )


@pytest.mark.parametrize(
    ("ending", "edit"),
    [
        (".eaf", _in_elan),
        (".TextGrid", _in_praat),
        (".vtt", _in_an_editor),
        (".srt", _in_an_editor),
    ],
)
def test_a_turn_relabelled_elsewhere_comes_back_with_its_words(library, tmp_path, ending, edit):
    before = report(library)
    turn = _alone(before)
    target = exported(library, tmp_path / f"out{ending}")
    edit(target, turn)
    done = correct(library, "--turns-from", target)
    now = report(library)
    therapist = next(v["voice"] for v in before["voices"] if v["role"] == "therapist")
    theirs = [s for t in now["turns"] if t["voice"] == therapist for s in t["speech"]]
    for a, b in turn["speech"]:  # joined with what the therapist says right before or after
        assert any(s[0] <= a + 1e-3 and b - 1e-3 <= s[1] for s in theirs), done.stderr
    moved = [(w["text"], therapist) for w in turn["words"]]
    assert Counter(moved) <= Counter(words(now))
    assert len(words(now)) == len(words(before))
    shares = [
        {m["role"]: m["value"] for m in r["measures"] if m["cue"] == "talk.time"}
        for r in (before, now)
    ]
    seconds = sum(b - a for a, b in turn["speech"])
    assert shares[1]["client"] == pytest.approx(shares[0]["client"] - seconds, abs=0.01)
    assert now["engines"]["separator"]["name"] == "supplied turns"


def test_a_new_speaker_gets_a_letter_and_no_name(library, tmp_path):
    target = exported(library, tmp_path / "out.vtt")
    text = target.read_text("utf-8")
    target.write_text(text.replace("<v client>", "<v Anneliese>", 1), "utf-8")
    done = correct(library, "--turns-from", target)
    assert told("requests.new", done.stderr, label="Anneliese", voice="C")
    assert {v["voice"]: v["role"] for v in report(library)["voices"]}["C"] == "unknown"
    assert not any(b"Anneliese" in p.read_bytes() for p in (library / "h").iterdir())


def test_a_text_edited_elsewhere_keeps_the_times_of_the_other_words(library, tmp_path):
    before = report(library)
    target = exported(library, tmp_path / "out.vtt")
    text = target.read_text("utf-8")
    target.write_text(text.replace("Go tomorrow, first thing", "Please go on Monday"), "utf-8")
    correct(library, "--turns-from", target)
    now = report(library)
    turn = next(t for t in now["turns"] if "Please go on Monday" in t["text"])
    old = before["turns"][turn["index"]]
    times = {w["text"]: w["start_s"] for w in old["words"]}
    kept = [w for w in turn["words"] if w["text"] in ("passport.", "longer,", "trouble.")]
    assert [w["start_s"] for w in kept] == [times[w["text"]] for w in kept]
    assert len(kept) == 3


def test_who_changed_what_and_when_and_back_again(library):
    first = report(library)
    correct(library, "--turn", "1", "--words", "1-2", "--voice", first["turns"][0]["voice"])
    correct(library, "--turn", "3", "--text", "-", input="Canary, no.\n")
    correct(library, "--turn", "2", "--is", "check_in", "--is-not", "question_closed")
    event = next(e for e in report(library)["events"] if e.get("corrected_by"))
    assert (event["kind"], event["confidence"], event["corrected_by"]) == ("check_in", 1.0, "sup-1")
    history = correct(library, "--history").stdout.splitlines()
    assert len(history) == 3
    assert all("sup-1" in line for line in history)
    assert "Canary" not in "".join(history)
    for number in (1, 2, 3):
        correct(library, "--undo", number)
    now = report(library)
    assert {k: v for k, v in now.items() if k != "parts"} == {
        k: v for k, v in first.items() if k != "parts"
    }
    history = correct(library, "--history").stdout.splitlines()
    assert [told("command.undone", line, by="sup-1") for line in history] == [True] * 3


def test_corrections_outlive_a_new_run_and_not_the_session(library, folder):  # noqa: F811
    correct(library, "--turn", "3", "--text", "Canary, no.")
    correct(library, "--turn", "2", "--is-not", "question_closed")
    correct(library, "--rename", "A=T1", "--swap-roles")
    before = report(library)
    schema = json.loads((ROOT / "prosody" / "report" / "report.schema.json").read_text("utf-8"))
    jsonschema.validate(before, schema)
    again = prosody(
        "analyze", folder / "hurried.flac", "--library", library, "--session-id", "h", "--quiet"
    )
    assert again.returncode == 0, again.stderr
    assert report(library) == before
    gone = prosody("forget", "h", "--library", library)
    assert "heard.json" in gone.stdout
    assert not any(b"Canary" in p.read_bytes() for p in library.rglob("*") if p.is_file())


def test_words_are_listed_with_their_numbers(library):
    shown = prosody("show", "h", "--words", "--library", library).stdout.splitlines()
    first = report(library)["turns"][0]["words"]
    assert f"1:{first[0]['text']}  2:{first[1]['text']}" in shown[0]


def test_nothing_that_decodes_or_hears_is_even_loaded(library):
    decodes = ("torch", "whisper", "pyannote", "silero_vad", "soundfile", "librosa")
    heavy = (*decodes, "diarize.recording.audio", "diarize.formats.table")
    program = (
        "import sys; from prosody.cli.commands import cli; "
        "cli.main(sys.argv[1:], standalone_mode=False); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    command = [sys.executable, "-c", program, "correct", "h", "--library", str(library)]
    done = subprocess.run([*command, "--swap-roles"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--turn", "2", "--is", "reflexion"], "behaviour.unknown_option"),
        (["--turn", "1", "--text", "-"], "command.input_empty"),
        (["--undo", "7"], "corrections.not_there"),
        (["--undo", "1", "--swap-roles"], "command.alone"),
        (["--history", "--undo", "1"], "command.alone"),
        (["--swap-roles", "--by", "Anna Schmidt"], "command.not_a_code"),
        (["--turns-from", "nothing.eaf"], "disk.missing"),
        (["--turns-from", "turns.docx"], "requests.ending"),
        (["--turns-from", "bad.eaf"], "format.unreadable"),
        (["--turns-from", "mute.vtt"], "requests.no_speaker"),
        (["--turns-from", "long.rttm"], "format.other_recording"),
        (["--rename", "A=therapist"], "requests.role_name"),
    ],
)
def test_a_refusal_is_one_line_and_changes_nothing(library, tmp_path, arguments, code):
    (tmp_path / "bad.eaf").write_text("<ANNOTATION_DOCUMENT><TIER>")
    (tmp_path / "mute.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n")
    (tmp_path / "long.rttm").write_text("SPEAKER x 1 500 9 <NA> <NA> A <NA> <NA>\n")
    before = {p.name: p.read_bytes() for p in (library / "h").iterdir()}
    done = correct(library, *arguments, code=2, cwd=tmp_path, input="")
    assert told(code, done.stderr)
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
    assert {p.name: p.read_bytes() for p in (library / "h").iterdir()} == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs /proc-like semantics of a pipe")
def test_text_that_is_not_utf8_is_refused(library):
    command = [sys.executable, "-m", "prosody", "correct", "h", "--library", str(library)]
    done = subprocess.run(
        [*command, "--turn", "1", "--text", "-"], input=b"\xff\xfe\xfa", capture_output=True
    )
    assert done.returncode == 2
    assert told("command.input_not_utf8", done.stderr.decode())
