"""The weights of the warmth index: the file that ships, a person's own, and what is refused."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diarize.errors import Refused
from diarize.messages import Message
from diarize.timeline import Span
from prosody import rules
from prosody.analysis import Analysis
from prosody.batch import run as batch
from prosody.cli import doctor
from prosody.cues.composite import profile
from prosody.cues.warmth import remarks
from prosody.findings import Heard, findings
from prosody.options import Asked
from prosody.render.warmth import rows, weigh
from prosody.report.codec import from_json, thaw, to_json
from prosody.rules.warmth import COMPONENTS, components, shipped_components
from prosody.settings import Settings
from prosody.store.add import add_session
from prosody.store.corrections import Correction
from tests.conftest import ROOT, tone
from tests.prosody.conftest import facts, replay
from tests.prosody.cues.test_warmth import CONVERSATION, FRAMES
from tests.said import refused

SHIPPED = (rules.SHIPPED / "warmth.toml").read_text("utf-8")
Change = Callable[..., Path]


def listed(note: Any, field: str) -> Any:
    """A field that is a sequence."""
    return note.fields[field]


@pytest.fixture
def own() -> Change:
    """Put an edited copy of the shipped file into a person's own folder of rules."""

    def write(*edits: tuple[str, str]) -> Path:
        text = SHIPPED
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new, 1)
        file = rules.own_folder() / "warmth.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    return write


def of(name: str, key: str, value: object) -> tuple[str, str]:
    """The edit that gives a key of a component another value."""
    found = re.search(rf"\[{name}\]\n(?:\w+ = .*\n)*?({key} = .*\n)", SHIPPED)
    assert found
    return found.group(), found.group().replace(found.group(1), f"{key} = {value}\n")


def misspelt(name: str, key: str, written: str) -> tuple[str, str]:
    old, _ = of(name, key, 0)
    return old, old.replace(key, written)


def stamp(settings: Settings) -> str:
    return hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode()).hexdigest()


def made(settings: Settings):
    """A report of the made-up conversation, which is as long as its recording."""
    about = facts()
    recording = replace(about.recording, duration_s=CONVERSATION.duration)
    return findings(Heard(replace(about, recording=recording), settings, CONVERSATION), FRAMES)


def test_the_shipped_weights_are_those_of_the_documentation(own):
    text = (ROOT / "docs" / "warmth.md").read_text("utf-8")
    table = text[text.index("| component | axis | weight | why |") :].split("\n\n")[0]
    said = {}
    for line in table.splitlines()[2:]:
        name, axis, weight = (cell.strip() for cell in line.split("|")[1:4])
        key = next(c for c in COMPONENTS if name.startswith(c.replace("_", " ")))
        said[key] = (axis.split("-")[0], float(weight))
    assert said == {c.name: (c.axis, c.weight) for c in components()}
    assert sum(c.weight for c in components()) == pytest.approx(1)
    assert components() == shipped_components() == Settings().warmth.components
    assert remarks(Settings().warmth) == ()


def test_a_persons_own_file_wins_and_going_back_is_exact(own):
    before = stamp(Settings.load())
    file = own(of("softness", "weight", 0.5), of("quietness", "axis", '"fit"'))
    mine = {c.name: c for c in Settings.load().warmth.components}
    assert (mine["softness"].weight, mine["quietness"].axis) == (0.5, "fit")
    assert tuple(mine) == COMPONENTS
    assert stamp(Settings.load()) != before
    assert shipped_components() != components()
    file.unlink()
    assert stamp(Settings.load()) == before


def test_the_order_of_the_tables_changes_nothing(own):
    tables = re.split(r"(?m)^(?=\[)", SHIPPED)
    own().write_text("".join(reversed(tables[1:])), "utf-8")
    assert components() == shipped_components()


OUT_OF_RANGE = "rule.number_out_of_range"


@pytest.mark.parametrize(
    ("edit", "code", "fields"),
    [
        (("[slowness]", "[pase]"), "rule.component_unknown", {"name": "pase"}),
        (
            misspelt("slowness", "weight", "wieght"),
            "rule.component_key_unknown",
            {"name": "slowness", "key": "wieght"},
        ),
        (of("slowness", "axis", '"hard"'), "rule.axis_unknown", {"axis": "'hard'"}),
        (of("slowness", "axis", "1"), "rule.axis_unknown", {"name": "slowness", "axis": "1"}),
        (of("fit", "weight", -0.1), OUT_OF_RANGE, {"key": "weight", "low": 0, "high": 100}),
        (of("fit", "weight", "nan"), OUT_OF_RANGE, {"name": "fit", "value": "nan"}),
        (of("fit", "weight", "true"), OUT_OF_RANGE, {"name": "fit", "value": "True"}),
        (of("fit", "weight", '"0.1"'), OUT_OF_RANGE, {"name": "fit", "value": "0.1"}),
        (of("fit", "floor", 0), OUT_OF_RANGE, {"name": "fit", "key": "floor"}),
        (of("slowness", "ceiling", 0.2), "rule.ceiling_below_floor", {"name": "slowness"}),
        (of("fit", "most", 3), OUT_OF_RANGE, {"key": "most", "high": 2.5}),
        (of("pitch_lift", "settle_s", -1), OUT_OF_RANGE, {"name": "pitch_lift"}),
        (
            (of("fit", "most", 1)[0], "[fit]\n"),
            "rule.component_key_missing",
            {"name": "fit", "key": "axis"},
        ),
        (("[quietness]", "speed = 3\n[quietness]"), "rule.component_unknown", {"name": "speed"}),
        (("[slowness]", "[[slowness]]"), "rule.component_missing", {"name": "slowness"}),
    ],
)
def test_what_is_wrong_is_refused_by_name_in_one_line(own, edit, code, fields):
    own(edit)
    caught = refusal()
    why = caught.message.fields["why"]
    assert isinstance(why, Message) and why.code == code
    assert {key: why.fields[key] for key in fields} == fields
    (finding,) = (f for f in doctor.examine() if f.what == "rules")
    assert (finding.state, str(finding.mend)) == ("missing", str(caught))


def refusal() -> Refused:
    """What reading the settings in force is refused with."""
    with refused("rule.unreadable_own", file="warmth.toml") as caught:
        Settings.load()
    return caught.value


def test_what_is_no_rule_file_at_all_is_refused_too(own):
    own(("[quietness]", "[quietness"))
    assert "line" in str(refusal().message.fields["why"])


def test_all_zero_a_missing_table_and_a_missing_reason_are_refused(own):
    file = own()
    file.write_text(re.sub(r"(?m)^weight = .*$", "weight = 0", SHIPPED), "utf-8")
    with refused("rule.unreadable_own", why="rule.no_weight"):
        components()
    file.write_text(SHIPPED[: SHIPPED.index("[fit]")], "utf-8")
    with refused("rule.unreadable_own", why="rule.component_missing"):
        components()
    file.write_text(re.sub(r'(?s)evidence = """.*?"""', 'evidence = " "', SHIPPED), "utf-8")
    with refused("rule.unreadable_own", why="rule.no_evidence"):
        components()
    file.write_bytes(b"\xff")
    with refused("rule.unreadable_own", file="warmth.toml"):
        components()


def test_a_broken_file_stops_a_batch_once_and_before_anything_is_written(own, tmp_path):
    own(("[slowness]", "[pase]"))
    with refused("rule.unreadable_own", why="rule.component_unknown"):
        batch.run((), tmp_path / "library")
    assert not (tmp_path / "library").exists()


def test_contributions_add_up_under_any_weights_and_an_unweighed_one_may_weigh(own):
    own(
        of("softness", "weight", 0),
        of("liveliness", "weight", 30),
        of("pitch_range", "weight", 12.5),
        of("slowness", "most", 2.0),
    )
    settings = Settings.load()
    found = profile(Analysis(CONVERSATION, FRAMES, settings), "therapist", Span(0, 80))
    assert found.contributions["softness"] == 0
    assert found.contributions["liveliness"] != 0
    assert found.index == pytest.approx(50 + sum(found.contributions.values()), abs=1e-9)
    fewer = replace(settings, warmth=settings.warmth.without("liveliness"))
    found = profile(Analysis(CONVERSATION, FRAMES, fewer), "therapist", Span(0, 80))
    assert found.contributions["liveliness"] == 0
    assert found.index == pytest.approx(50 + sum(found.contributions.values()), abs=1e-9)


def test_the_report_says_so_prints_the_weights_in_force_and_keeps_them(own):
    shipped = made(Settings.load())
    file = own(of("softness", "weight", 0), of("liveliness", "weight", 0.3), of("fit", "most", 1))
    ours = made(Settings.load())
    (note,) = remarks(Settings.load().warmth)
    changes = listed(note, "changes")
    assert [tuple(c.fields.values()) for c in changes] == [
        ("softness", "weight", "0", "0.24"),
        ("liveliness", "weight", "0.3", "0"),
        ("fit", "most", "1", "2.5"),
    ]
    said = str(note)
    assert said in ours.cautions and said not in shipped.cautions
    assert ours.settings_sha256 != shipped.settings_sha256
    assert {r.name: r.weight for r in rows(ours)}["liveliness"] == 0.3
    assert weigh(ours).share["liveliness"] == pytest.approx(0.3 / 1.06)
    kept = from_json(to_json(ours))
    assert thaw(Settings, kept.settings).warmth.components == components()
    file.unlink()  # corrections keep the weights the report was made with
    without_pace = Correction("warmth", "sup-1", "2030-01-02", {"left_out": "pace"})
    again = replay(kept, FRAMES, [without_pace])
    assert {r.name: r.weight for r in rows(again)} == {r.name: r.weight for r in rows(ours)}
    assert said in again.cautions and again.settings["warmth"]["left_out"] == ("slowness",)
    without = {k: v for k, v in kept.settings.items() if k != "warmth"}
    assert thaw(Settings, without).warmth.components == shipped_components()


def test_many_differences_are_counted_not_listed(own):
    own().write_text(re.sub(r"(?m)^weight = .*$", "weight = 1", SHIPPED), "utf-8")
    (note,) = remarks(Settings.load().warmth)
    assert len(listed(note, "changes")) == 6 and note.fields["more"] == 3


def test_cards_leave_out_what_weighs_nothing_and_show_what_does(own):
    from prosody.catalogue import values_by_utterance

    def named() -> set[str]:
        values = values_by_utterance(Analysis(CONVERSATION, FRAMES, Settings.load()))
        return {name for turn in values.values() for name in turn if name.startswith("warmth.")}

    assert "warmth.liveliness" not in named() and "warmth.softness" in named()
    own(of("softness", "weight", 0), of("liveliness", "weight", 0.3))
    assert "warmth.liveliness" in named() and "warmth.softness" not in named()


ON_LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="the user data folder is named elsewhere"
)


@ON_LINUX
def test_a_session_is_analysed_again_whenever_a_persons_own_rules_change(
    monkeypatch, tmp_path, consented
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    recording = consented(np.stack([tone(2.0), tone(2.0, hz=150.0)], axis=1))
    folder = rules.own_folder()
    folder.mkdir(parents=True)

    def afresh() -> bool:
        asked = Asked(channels={0: "therapist", 1: "client"}, transcriber="none")
        return add_session(recording, asked, tmp_path / "library", force=False).fresh

    assert afresh() and not afresh()
    (folder / "warmth.toml").write_text(SHIPPED.replace("weight = 0.24", "weight = 0.2", 1))
    assert afresh() and not afresh()
    (folder / "warmth.toml").unlink()
    assert afresh() and not afresh()
    (folder / "en.toml").write_bytes((rules.SHIPPED / "en.toml").read_bytes() + b"# mine")
    assert afresh() and not afresh()


@ON_LINUX
def test_help_reads_no_settings_and_analyze_refuses_with_code_2(tmp_path, consented):
    folder = tmp_path / "data" / "prosody" / "rules"
    folder.mkdir(parents=True)
    (folder / "warmth.toml").write_text(SHIPPED.replace("[slowness]", "[pase]"), "utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(tmp_path / "data")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-X", "importtime", "-m", "prosody", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=env, timeout=300)

    helped = run("--help")
    assert helped.returncode == 0 and "prosody.cli.commands" in helped.stderr
    assert "prosody.settings" not in helped.stderr and "prosody.rules" not in helped.stderr
    path = consented(tone(1.0))
    refused = run("analyze", str(path), "--library", str(tmp_path / "library"))
    said = [line for line in refused.stderr.splitlines() if not line.startswith("import time")]
    assert refused.returncode == 2 and len(said) == 1 and "[pase]" in said[0]
