"""Codes of people: from a file or the page, private until two are done, and compared."""

import os

import pytest

from diarize.timeline import Span
from prosody.store import amend, codings
from prosody.store.codings import TOOL, Coding, Mark
from prosody.store.library import Library
from prosody.store.requests import Request
from tests.prosody.store.test_encrypting import said, save  # noqa: F401
from tests.said import refused

EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT><HEADER><MEDIA_DESCRIPTOR/></HEADER><TIME_ORDER>
<TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="9900"/><TIME_SLOT TIME_SLOT_ID="b" TIME_VALUE="12500"/>
<TIME_SLOT TIME_SLOT_ID="c" TIME_VALUE="500"/><TIME_SLOT TIME_SLOT_ID="d" TIME_VALUE="3000"/>
</TIME_ORDER>
<TIER TIER_ID="therapist"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="t1"
 TIME_SLOT_REF1="c" TIME_SLOT_REF2="d"><ANNOTATION_VALUE>Where?</ANNOTATION_VALUE>
</ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<TIER TIER_ID="MITI" PARENT_REF="therapist"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r1"
 ANNOTATION_REF="t1"><ANNOTATION_VALUE>Open question</ANNOTATION_VALUE>
</REF_ANNOTATION></ANNOTATION></TIER>
<TIER TIER_ID="codes"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="k1"
 TIME_SLOT_REF1="a" TIME_SLOT_REF2="b"><ANNOTATION_VALUE>reflection</ANNOTATION_VALUE>
</ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
</ANNOTATION_DOCUMENT>"""


@pytest.fixture
def library(tmp_path, said, frames):  # noqa: F811
    save(tmp_path / "library", said, frames)
    return Library(tmp_path / "library")


def file(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def given(coding, report):
    turns = codings.units(report)
    found = codings.on_units(coding, turns)
    return {t.index: set(kinds) for t, kinds in zip(turns, found, strict=True) if kinds}


def test_a_table_by_time_and_one_by_turn_say_the_same(tmp_path, report):
    by_time = "start_s,end_s,codes\n0.4,3.1,question_open\n10,12,reflection; validation\n"
    by_turn = "turn,codes\n0,question_open\n2,Reflection\n2,validation\n6,none\n"
    for name, text in (("a.csv", by_time), ("b.csv", by_turn)):
        found = codings.imported(file(tmp_path, name, text), report, by="r-1")
        assert found.source == "csv" and found.done == ("none" in text)  # every turn, or not all
        assert codings.imported(tmp_path / name, report, by="r-1", whole=True).done
        assert given(found, report) == {0: {"question_open"}, 2: {"reflection", "validation"}}


def test_a_tier_of_elan_is_read_with_its_own_times_or_its_parents(tmp_path, report):
    path = file(tmp_path, "a.eaf", EAF)
    assert given(codings.imported(path, report, by="r-1"), report) == {2: {"reflection"}}
    found = codings.imported(path, report, by="r-1", tier="MITI")
    assert given(found, report) == {0: {"question_open"}}
    with refused("codes.no_tier", tier="none", found=["MITI", "codes", "therapist"]):
        codings.imported(path, report, by="r-1", tier="none")


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a.txt", "x", "codes.not_read"),
        ("a.csv", "start_s,codes\n1,advice\n", "codes.columns"),
        ("a.csv", "turn,codes,turn\n0,advice,1\n", "codes.column_twice"),
        ("a.csv", "turn,codes\n99,advice\n", "codes.no_place"),
        ("a.csv", "start_s,end_s,codes\n3,2,advice\n", "codes.no_place"),
        ("a.csv", "turn,codes\n0,kindness\n", "codes.no_such"),
        ("a.csv", "turn,codes\n", "codes.none"),
        ("a.eaf", "<a/>", "codes.unreadable"),
        ("a.eaf", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "codes.unreadable"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_line(tmp_path, report, name, text, code):
    with refused(code):
        codings.imported(file(tmp_path, name, text), report, by="r-1")


def test_a_pipe_is_no_file_of_codes(tmp_path, report):
    os.mkfifo(tmp_path / "a.csv")
    with refused("disk.not_regular"):
        codings.imported(tmp_path / "a.csv", report, by="r-1")


def test_codes_stay_private_until_two_are_done(library):
    one = Coding("r-1", (Mark(Span(0.5, 3.0), ("question_open",)),))
    codings.keep(library, "s-1", one)
    codings.keep(library, "s-1", Coding("r-1", one.marks, True))
    with refused("codes.done_already", by="r-1"):
        codings.keep(library, "s-1", one)
    codings.keep(library, "s-1", Coding("r-2", ()))

    def seen(viewer):
        return [c.by for c in codings.seen_by(codings.read(library, "s-1"), viewer)]

    assert (seen("r-1"), seen("r-2"), seen("sup-1")) == (["r-1"], ["r-2"], [])
    codings.keep(library, "s-1", Coding("r-2", one.marks, True))
    codings.keep(library, "s-1", Coding("r-3", ()))
    assert (seen("r-1"), seen("r-3"), seen("sup-1")) == (["r-1", "r-2"], ["r-3"], ["r-1", "r-2"])


def test_raters_are_compared_with_each_other_and_the_tool(report):
    marks = (Mark(Span(0.5, 3.0), ("question_open",)), Mark(Span(10, 12), ("reflection",)))
    pairs = codings.agreements(
        report, [Coding("r-1", marks, True), Coding("r-2", marks[:1], True), Coding("r-3")]
    )
    assert [(one, other) for one, other, _ in pairs] == [
        ("r-1", "r-2"),
        ("r-1", TOOL),
        ("r-2", TOOL),
    ]
    whole = pairs[0][2][0]
    assert (whole.n, whole.agreed) == (3, 2)


def test_codes_follow_when_a_turn_is_given_to_the_other_voice(library):
    marks = (Mark(Span(9.9, 12.5), ("reflection",)),)
    codings.keep(library, "s-1", Coding("r-1", marks, True))
    amend.correct(library, "s-1", Request(swap_roles=True), by="sup-1")
    report = library.load("s-1")
    (coding,) = codings.read(library, "s-1")
    assert {t.role for t in codings.units(report)} == {"therapist"}
    assert given(coding, report) == {}  # it is no turn of the therapist any more
