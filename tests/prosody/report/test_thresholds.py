"""Every threshold that a finding rests on stands in its report, and what reads words with it."""

import hashlib
import json
import tomllib
from dataclasses import asdict, replace

import pytest

from prosody import rules
from prosody.analysis import Last
from prosody.events import Judgement
from prosody.findings import KEEP_WORDS, Heard, findings
from prosody.listening import behaviours
from prosody.report.codec import thaw, to_json
from prosody.settings import Settings
from tests.prosody.conftest import facts

ENGLISH = rules.SHIPPED / "en.toml"


def kept(report):
    return json.loads(to_json(report))["settings"]


def leaves(value, place=""):
    if isinstance(value, dict):
        return {leaf for name, part in value.items() for leaf in leaves(part, f"{place}.{name}")}
    return {place}


def test_a_report_holds_every_setting_and_gives_them_back(conversation, frames):
    told = kept(findings(Heard(facts(), Settings(), conversation), frames))
    plain = json.loads(json.dumps(asdict(Settings())))
    assert leaves(plain) <= leaves(told)
    points = {row.kind: row.moment.points for row in behaviours.table() if row.moment}
    assert told["moment_points"] == points
    own = leaves(told["rules"], ".rules") | leaves(points, ".moment_points")
    assert leaves(told) - leaves(plain) == own
    assert thaw(Settings, told) == Settings()
    for place in ("activity", "quality", "channels", "voices", "pyannote", "doubt"):
        assert place in told["hearing"], place
    assert {"pitch", "voicing", "nuclei"} <= told["features"].keys()


@pytest.mark.parametrize("words_kept", [True, False])
def test_a_report_says_by_which_rules_its_words_were_read(conversation, frames, words_kept):
    about = facts()
    if not words_kept:
        scopes = tuple(scope for scope in about.consent.scopes if scope != KEEP_WORDS)
        about = replace(about, consent=replace(about.consent, scopes=scopes))
    made = findings(Heard(about, Settings(), conversation), frames)
    told, file = kept(made)["rules"], tomllib.loads(ENGLISH.read_text("utf-8"))
    assert told["sha256"] == hashlib.sha256(ENGLISH.read_bytes()).hexdigest()
    assert (told["language"], told["version"]) == ("en", file["version"])
    assert told["main"] == file["main"] and told["reflection_depth"] == file["reflection_depth"]
    for kind, points in file["points"].items():
        assert told["sure"][kind] == points.pop("sure")
        assert told["points"][kind] == points


def own(text):
    """Put a rule file into a person's own folder."""
    file = rules.own_folder() / "en.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    return file


def test_another_rule_file_is_another_set_of_thresholds(conversation, frames):
    before = findings(Heard(facts(), Settings(), conversation), frames)
    text = ENGLISH.read_text("utf-8")
    least = f"least = {tomllib.loads(text)['points']['advice']['least']}"
    assert text.count(least) >= 1
    own(text.replace(least, "least = 99.5"))
    after = findings(Heard(facts(), Settings(), conversation), frames)
    assert kept(after)["rules"]["points"]["advice"]["least"] == 99.5
    assert after.settings_sha256 != before.settings_sha256


def test_a_rule_file_edited_while_a_session_is_open_is_read_by_the_next_correction(
    conversation, frames
):
    heard, last = Heard(facts(), Settings(), conversation), Last()
    before = findings(heard, frames, last=last)
    assert findings(heard, frames, last=last).events == before.events
    asked = [e for e in before.events if e.kind == "question_open"]
    assert asked
    file = own(ENGLISH.read_text("utf-8") + "\n# edited\n")
    said = Judgement("remove", "question_open", asked[0].span, "sup-1")
    after = findings(heard, frames, judged=(said,), last=last)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert kept(after)["rules"]["sha256"] == digest
    assert [e for e in after.events if e.kind == "question_open"] == asked[1:]


def test_where_no_words_are_read_no_rules_are_told(conversation, frames):
    bare = replace(conversation, language="xx")
    assert kept(findings(Heard(facts(), Settings(), bare), frames))["rules"] is None
