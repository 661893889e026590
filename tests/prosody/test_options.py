"""One table of options: a row is an option, a column, a line of the guide and what is asked."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from diarize.errors import Refused
from prosody.batch.manifest import columns, jobs_of
from prosody.cli.commands import cli
from prosody.features.frame_files import load
from prosody.findings import Heard, findings
from prosody.option import LABELS, Option
from prosody.options import OPTIONS, Asked, asked, guide, told
from prosody.render import export
from prosody.render.html import html
from prosody.report.codec import from_json, to_json
from prosody.settings import Settings
from tests.conftest import ROOT, SAMPLES
from tests.prosody.conftest import facts
from tests.said import refused

DUMMIES = (
    Option("longest_pause", "A dummy pause.", "number", least=1, most=9, setting="pacing.pause_s"),
    Option("colour", "A dummy colour.", "choice", ("red", "blue")),
)


@pytest.fixture
def dummies(monkeypatch):
    """Two rows more than there are."""
    for row in DUMMIES:
        monkeypatch.setitem(OPTIONS, row.name, row)


def helped(command):
    done = CliRunner().invoke(cli, [command, "--help"])
    assert done.exit_code == 0
    return done.output


@pytest.mark.usefixtures("dummies")
@pytest.mark.parametrize("command", ["analyze", "batch"])
def test_a_new_row_is_an_option_of_both_commands(command):
    text = helped(command)
    assert "--longest-pause" in text and "A dummy pause." in text and "[red|blue]" in text


@pytest.mark.usefixtures("dummies")
def test_a_new_row_is_a_column_and_reaches_the_analysis_by_it(tmp_path):
    assert {"longest_pause", "colour"} <= set(columns())
    (tmp_path / "m.csv").write_text("recording,longest_pause,colour\na.wav,3,blue\n")
    (job,) = jobs_of(tmp_path / "m.csv")
    found = asked(job.values)
    assert found.settings.pacing.pause_s == 3
    assert found.more == {"colour": "blue"}
    assert asked({}).settings.pacing == Settings().pacing


@pytest.mark.usefixtures("dummies")
def test_a_new_row_reaches_the_analysis_from_the_command_line(monkeypatch, tmp_path):
    def stopped(path, asked, folder, **rest):
        raise Refused("disk.cannot_write", file=str(asked.more), why=asked.settings.pacing.pause_s)

    monkeypatch.setattr("prosody.store.add.add_session", stopped)
    arguments = ["analyze", "x.wav", "--longest-pause", "4", "--library", str(tmp_path)]
    done = CliRunner().invoke(cli, arguments)
    assert isinstance(done.exception, Refused)
    assert done.exception.message.fields == {"file": "{'colour': 'red'}", "why": 4}


@pytest.mark.usefixtures("dummies")
def test_what_a_new_row_sets_is_stored_in_report_and_export(conversation, frames, tmp_path):
    settings = asked({"longest_pause": "3"}).settings
    made = findings(Heard(facts(), settings, conversation), frames)
    export.write(made, tmp_path, tmp_path / "o.json")
    plain = json.loads((tmp_path / "o.json").read_text("utf-8"))
    assert plain["settings"]["pacing"]["pause_s"] == 3
    assert made.settings_sha256[:12] in html(made, frames, session_id="s-1")


@pytest.mark.usefixtures("dummies")
def test_what_was_asked_for_is_told_without_naming_anybody(conversation, frames):
    given = {
        **{
            "channels": "client=2,therapist=1",
            "people": "unknown",
            "offset": "-1.5",
            "colour": "blue",
        },
        **{
            "therapist": "Dr Grey",
            "glossary": "grey.txt",
            "experimental": "yes",
            "separator": "auto",
        },
    }
    made = findings(
        Heard(replace(facts(), asked=told(asked(given))), Settings(), conversation), frames
    )
    assert (
        from_json(to_json(made)).asked
        == json.loads(to_json(made))["asked"]
        == {
            **{"channels": {"therapist": 1, "client": 2}, "people": "unknown", "offset": -1.5},
            **{"colour": "blue", "therapist": True, "glossary": True},
        }
    )
    assert told(asked({})) == {}


def test_a_row_that_sets_how_frames_are_measured_is_an_option_of_frames_and_does(
    monkeypatch, consented, tmp_path
):
    row = Option("highest", "A dummy height.", "number", setting="features.pitch.highest_hz")
    monkeypatch.setitem(OPTIONS, row.name, row)
    assert "A dummy height." in helped("frames") and "--channels" in helped("frames")
    assert "--transcript " not in helped("frames")
    sound = consented(soundfile.read(SAMPLES / "hurried.flac", frames=12 * 16_000)[0])
    found = {}
    for highest in ("520", "150"):
        to = tmp_path / f"{highest}.npz"
        done = CliRunner().invoke(
            cli, ["frames", str(sound), "--to", str(to), "--highest", highest]
        )
        assert done.exit_code == 0, done.output
        found[highest] = load(to).f0_hz
    assert np.any(found["520"] > 160.0)
    assert not np.any(found["150"] > 160.0)


@pytest.mark.usefixtures("dummies")
def test_a_new_row_stands_in_the_guide():
    assert "| `--longest-pause` | `longest_pause` | A dummy pause. |" in guide()


def test_the_guide_is_current():
    written = (ROOT / "docs" / "guide.md").read_text("utf-8")
    between = written.partition("<!-- options -->\n")[2].partition("\n<!-- /options -->")[0]
    assert between == guide(), "run: python -m prosody.options docs/guide.md"


def test_nothing_said_is_the_default_everywhere():
    assert asked({}) == Asked()
    assert asked({name: "" for name in OPTIONS}) == Asked()
    assert {row.name for row in OPTIONS.values()}.isdisjoint(LABELS)


def test_every_row_sets_a_field_or_a_setting():
    own = {f.name for f in fields(Asked)}

    def there(settings, place):
        head, _, rest = place.partition(".")
        return hasattr(settings, head) and (not rest or there(getattr(settings, head), rest))

    for row in OPTIONS.values():
        if row.setting:
            assert there(Settings(), row.setting), row.name
        else:
            assert (row.field or row.name) in own, row.name


def test_what_is_stored_is_in_the_settings():
    found = asked({"setting": "remote", "motivational_interviewing": True}).settings
    assert found.setting == "remote"
    assert found.listening.motivational_interviewing is True


def test_channels_count_from_one_and_are_kept_from_nought():
    assert asked({"channels": "client=2, therapist=1"}).channels == {
        0: "therapist",
        1: "client",
    }


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("channels", "therapist", "option.not_channels"),
        ("channels", "therapist=0", "option.not_channels"),
        ("channels", "therapist=1,client=1", "option.not_channels"),
        ("channels", "boss=1", "option.not_channels"),
        ("people", "two", "option.not_a_number"),
        ("people", "9", "option.out_of_bounds"),
        ("separator", "precision-2", "option.no_such_choice"),
        ("motivational_interviewing", "perhaps", "option.not_yes_or_no"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_option(name, value, code):
    with refused(code, option=OPTIONS[name].flag) as refusal:
        asked({name: value})
    assert value in str(refusal.value)
