"""The HTML report: self-contained, escaped, saying why not."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from jinja2 import UndefinedError
from markupsafe import escape

from diarize.messages import VARIABLE, Note, is_known, message
from diarize.timeline import Span
from prosody.cues.warmth import CAVEAT_NOTE
from prosody.features.frame_files import save
from prosody.findings import Heard, findings
from prosody.listening.links import Link
from prosody.listening.moments import rule
from prosody.options import asked
from prosody.render import export, listen_first, wording
from prosody.render import svg as figures
from prosody.render.fill import filled
from prosody.render.glyphs import signs
from prosody.render.html import SECTIONS, html
from prosody.render.listening import not_found
from prosody.render.text import screen
from prosody.settings import Settings
from tests.conftest import retold
from tests.prosody.conftest import facts

CAVEAT = str(CAVEAT_NOTE)


@pytest.fixture(scope="module")
def page(report, frames):
    return html(report, frames, session_id="s-1")


def section(text, name):
    """One section of a page."""
    return text.partition(f'<section id="{name}">')[2].partition("</section>")[0]


def test_the_page_is_the_same_every_time_and_has_every_section(report, frames, page):
    assert html(report, frames, session_id="s-1") == page
    found = re.findall(r'<section id="(\w+)"><h2>(.*?)</h2>', page)
    assert [name for name, _ in found] == [*SECTIONS, "terms"]
    assert all(is_known(f"page.{name}") for name in SECTIONS)
    assert all(section(page, name).strip() for name in SECTIONS)
    assert "page." not in re.sub(r"<style>.*?</style>", "", page)  # a code without its sentence


def test_what_to_listen_to_and_what_was_found_stand_before_what_to_read_with_care(report, page):
    names = re.findall(r'<section id="(\w+)">', page)
    assert names[:3] == ["moments", "links", "glance"]
    assert names.index("care") > names.index("timeline")
    care = section(page, "care")
    assert CAVEAT in care and CAVEAT not in page.partition('<section id="moments">')[0]
    assert all(escape(str(message("page.caution", note=n))) in care for n in report.notes[1:])


def test_what_came_in_stands_with_what_became_of_it_and_where(conversation, frames):
    notes = (
        Note("recording.missing_inside", {"n": 1, "seconds": 1.5}, "caution", (Span(3.0, 4.5),)),
        Note("format.not_utf8"),
        Note("format.tiers_left_out", {"tiers": 1, "which": ("<b>",)}),
        Note("recording.gain_wanders", {"wander_db": 2.5, "pauses": 20}, "withhold"),
    )
    about = replace(facts(), notes=notes)
    made = findings(Heard(about, Settings(), conversation), frames)
    here = section(html(made, frames, session_id="s-1"), "came_in")
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in here.split("<tr")[2:]]
    became = [str(message(f"page.became_{row.what}")) for row in made.intake]
    assert [row[0] for row in rows] == became and len(became) == 5
    assert [row[1] for row in rows] == [str(escape(row.text)) for row in made.intake]
    where = [row[2] for row in rows]
    assert [w for w in where if w != wording.NOTHING] == [
        str(message("page.range", start=wording.clock(3.0), end=wording.clock(4.5)))
    ]


def test_the_moments_stand_in_the_order_of_the_page_with_the_same_words(report, page):
    part = section(page, "moments")
    chosen = [report.moments[i] for i in listen_first.order(report)]
    assert [m.points for m in chosen] == sorted((m.points for m in chosen), reverse=True)
    places = [part.index(f"<b>{wording.clock(m.span.start)}</b>") for m in chosen]
    assert places == sorted(places)
    words = [text for card in listen_first.cards(report) for _, text in card["quotes"]]
    assert words and all(escape(text) in part for text in words)


def test_the_picture_of_findings_says_every_cell_in_words(report, frames):
    firm = Link("reflection", "voice.level", "therapist", 12, -30.0, -26.0, -4.0, -6.0, -2.0, -0.8,
                reliable=True, chance=0.001, n_otherwise=30)  # fmt: skip
    loose = replace(firm, behaviour="advice", difference=1.0, low=-1.0, high=3.0, reliable=False)
    unsaid = replace(firm, behaviour="summary", difference=None)
    picture = listen_first.picture(replace(report, links=(firm, loose, unsaid)))
    assert picture.columns == (wording.behaviour("reflection"), wording.behaviour("advice"))
    ((_, cells),) = picture.rows
    assert [(c.arrow, c.sort) for c in cells] == [("▼", "firm down"), ("△", "loose")]
    assert "−4" in cells[0].said and "12" in cells[0].said and "30" in cells[0].said
    withheld = replace(loose, cue="voice.pitch_range", difference=None)
    pitch = replace(firm, cue="voice.pitch_range")
    rows = listen_first.picture(replace(report, links=(firm, loose, pitch, withheld))).rows
    assert [(c.arrow, c.sort) for c in rows[1][1]] == [("▼", "firm down"), ("–", "absent")]
    namesake = (replace(firm, cue="voice.softness"), replace(loose, cue="warmth.softness"))
    rows = listen_first.picture(replace(report, links=namesake)).rows
    assert [[c.sort if c else None for c in cells] for _, cells in rows] == [
        ["firm down", None], [None, "loose"],
    ]  # fmt: skip
    page = section(html(replace(report, links=(firm,)), frames, session_id="s-1"), "links")
    assert f'aria-label="{escape(cells[0].said)}"' in page


def test_the_map_has_a_sign_for_every_behaviour_and_a_number_where_they_meet():
    apart, near = (
        signs([(10, "advice"), (60, "summary")], 0, "therapist"),
        signs([(10, "advice"), (12, "summary"), (14, "advice")], 0, "therapist"),
    )
    assert apart.count("<text") == 2 and near.count("<text") == 1 and ">3</text>" in near


def test_a_section_of_ones_own_is_one_row_on_the_page_and_in_the_export(
    report, frames, tmp_path, monkeypatch
):
    def mine(shown):
        rows = [(voice.voice, f"<{voice.role}>") for voice in shown.report.voices]
        return {
            "title": "Voices & more",
            "lines": ["Two."],
            "heads": ("voice", "role"),
            "rows": rows,
        }

    monkeypatch.setitem(SECTIONS, "mine", mine)
    made = section(html(report, frames, session_id="s-1"), "mine")
    assert "<h2>Voices &amp; more</h2>" in made and "<p>Two.</p>" in made
    assert "<th>role</th>" in made and "<td>&lt;therapist&gt;</td>" in made
    save(frames, tmp_path / "frames.npz")
    export.write(report, tmp_path, tmp_path / "o.html")
    assert section((tmp_path / "o.html").read_text("utf-8"), "mine") == made


def test_every_word_of_a_template_is_in_the_catalogue():
    folder = Path(figures.__file__).parent / "templates"
    codes = {
        code
        for file in folder.rglob("*.html")
        for code in re.findall(r'say\("(\w+)"', file.read_text("utf-8"))
    }
    assert codes and all(is_known(f"page.{code}") for code in codes)
    for file in folder.rglob("*.html"):
        plain = re.sub(r"\{[{%#].*?[%}#]\}|<[^>]*>", " ", file.read_text("utf-8"), flags=re.S)
        assert not re.search(r"[A-Za-z]{3}", plain), file.name


def test_a_place_nobody_fills_is_an_error():
    with pytest.raises(UndefinedError):
        filled("agenda.html", title="x", css="agenda.css", media=False)


def test_without_sound_the_page_may_leave_its_folder(report, frames, page):
    assert page.count("<audio") == len(report.moments)
    bare = html(report, frames, session_id="s-1", sound=False)
    assert "audio.flac" not in bare and "<audio" not in bare
    for moment in report.moments:
        assert wording.clock(moment.span.start) in section(bare, "moments")


def test_the_page_fetches_nothing_and_runs_nothing(page):
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<link|<img|<iframe|\son\w+=|@import|url\((?!#)", page)
    sources = re.findall(r"(?:src|href)=[\"']([^\"']*)", page)
    played = [source for source in sources if not source.startswith("#")]
    assert all(re.fullmatch(r"audio\.flac#t=[\d.]+,[\d.]+", source) for source in played)
    within = [source for source in sources if source.startswith("#")]
    assert within and all(f'id="{source[1:]}"' in page for source in within)
    assert "media-src 'self'\"" in page


def test_words_whose_owner_is_in_doubt_are_marked_and_counted(report, frames, page):
    at, turn = next((n, t) for n, t in enumerate(report.turns) if t.words and len(t.words) > 1)
    odd = replace(turn.words[1], text="<odd>", doubtful=True)
    words = (turn.words[0], odd, *turn.words[2:])
    doubted = replace(turn, words=words)
    turns = (*report.turns[:at], doubted, *report.turns[at + 1 :])
    marked = html(retold(report, utterances=turns), frames, session_id="s-1")
    assert f'{escape(words[0].text)} <span class="doubt">&lt;odd&gt;</span>' in marked
    counted = message("page.uncertain_said", n=1, of=sum(len(t.words) for t in turns if t.text))
    assert str(counted) in marked
    assert 'class="doubt"' not in page


def test_words_the_transcriber_was_not_sure_of_are_marked_and_counted(report, frames, page):
    at, turn = next((n, t) for n, t in enumerate(report.turns) if len(t.words) > 2)
    odds = [0.9, 0.2, *(None for _ in turn.words[2:])]
    words = tuple(replace(w, probability=p) for w, p in zip(turn.words, odds, strict=True))
    turns = (*report.turns[:at], replace(turn, words=words), *report.turns[at + 1 :])
    marked = html(retold(report, utterances=turns), frames, session_id="s-1")
    assert f'<span class="unsure">{escape(words[1].text)}</span>' in marked
    assert marked.count('class="unsure"') == 2, "the word, and what the mark means"
    assert 'class="unsure"' not in page


def test_each_moment_is_played_with_what_came_before_and_after_it(report, page):
    assert report.moments
    for moment in report.moments:
        assert f'src="audio.flac#t={moment.context.start:.1f},{moment.context.end:.1f}"' in page
        assert moment.context.start <= moment.span.start < moment.span.end <= moment.context.end


def test_how_an_overlap_was_sorted_and_what_ended_a_silence_is_said_in_words(
    report, frames, monkeypatch
):
    long = next(q for q in report.silences if q.span.duration >= 3)
    kind, then = report.overlaps[0].kind, report.ended_with[report.silences.index(long)]
    for language in ("en", "de"):
        monkeypatch.setenv(VARIABLE, language)
        part = section(html(report, frames, session_id="s-1"), "turns")
        assert f">{wording.overlap(kind)}<" in part
        assert f">{message(f'page.ended_with_{then}')}<" in part
    assert wording.overlap(kind) == "Hörersignal"


def test_without_consent_to_play_back_there_is_no_player(report, frames):
    silent = replace(report, consent=replace(report.consent, scopes=("analyse", "keep_words")))
    assert "<audio" not in html(silent, frames, session_id="s-1")


def test_the_rule_of_the_moments_stands_beside_them(page):
    part = section(page, "moments")
    limits = Settings().listening
    assert all(escape(line.words) in part for line in rule(limits))
    assert str(message("page.rule_said", least=limits.moment_least_points)) in part
    assert str(message("page.rule_sure", least=limits.moment_least_confidence)) in part


def test_the_rule_says_how_many_points_this_session_asked_for(report, frames):
    own = {**report.settings["listening"], "moment_least_points": 2.25}
    own.pop("moment_least_confidence")  # as a session of an earlier version has it
    points = {**report.settings["moment_points"], "question_open": 7.75}
    settings = {**report.settings, "listening": own, "moment_points": points}
    asked = replace(report, settings=settings)
    part = section(html(asked, frames, session_id="s-1"), "moments")
    assert str(message("page.rule_said", least=2.25)) in part
    assert str(message("page.rule_sure", least=0.6)) not in part
    assert ">7.75<" in part


def test_totals_stand_with_rate_interval_and_what_was_not_found(report, page):
    reflection = next(t for t in report.totals if t.behaviour == "reflection")
    assert f"<td>Reflection</td><td>Therapist</td><td>{reflection.n}</td>" in page
    assert any(t.n == 0 for t in report.totals)
    for line in not_found(report):
        assert escape(line) in section(page, "behaviours")


def test_frames_for_reading_say_that_they_are_no_score(page):
    assert page.count("no score") == 2
    for stage in ("Sensing", "Processing", "Responding", "Bond", "Tasks", "Goals"):
        assert f"<td>{stage}</td>" in page


def test_miti_stands_on_the_page_only_where_a_person_said_so(conversation, frames, page):
    settings = asked({"motivational_interviewing": "yes"}).settings
    said = findings(Heard(facts(), settings, conversation), frames)
    assert "MITI" not in page
    assert "MITI" not in screen(replace(said, miti=()), "s-1")
    with_it = html(said, frames, session_id="s-1")
    assert "2 good" in with_it
    assert "MITI 4.2.1" in screen(said, "s-1")
    table = with_it[with_it.index("Motivational interviewing") :].partition("</table>")[0]
    assert not re.search(r"\b(pass|fail|below|above|reach|meets)", table)


def test_the_page_explains_the_terms_that_it_holds_and_no_others(page):
    explained = section(page, "terms")
    rest = page.replace(explained, "")
    assert f"<dt>{escape(str(message('terms.dbfs')))}</dt>" in explained and " dBFS" in rest
    assert str(message("terms.kappa")) not in explained and str(message("terms.kappa")) not in rest


def test_what_is_part_of_a_definition_is_named_on_the_page(report, frames):
    left_out = message("link.by_definition")
    left = Link("held_silence", "next.latency", "client", 4, None, None, None, None, None, None,
                reliable=False, reason=left_out)  # fmt: skip
    page = html(replace(report, links=(left,)), frames, session_id="s-1")
    assert escape(str(left_out)) in section(page, "links")
    assert escape(str(message("page.links_said", looked=0, firm=0))) in section(page, "links")


def test_a_link_shows_effect_interval_and_both_counts(report, frames):
    firm = Link("reflection", "voice.level", "therapist", 12, -30.0, -26.0, -4.0, -6.0, -2.0, -0.8,
                reliable=True, chance=0.001, n_otherwise=30)  # fmt: skip
    page = html(replace(report, links=(firm,)), frames, session_id="s-1")
    assert "−4 (−6 to −2)" in page
    assert "<td>−0.80</td><td>12, 30</td>" in page


def test_the_page_says_what_the_numbers_are_not_and_why_one_is_missing(report, page):
    assert CAVEAT in page
    assert str(message("page.what_it_is_not")) in page
    missing = [m for m in report.measures if m.value is None]
    assert missing
    for measure in missing:
        why = message("page.not_available", reason=str(measure.reason))
        assert escape(str(why)) in section(page, "measures")


def test_words_of_a_session_are_never_markup(conversation, frames):
    evil = '<script>alert(1)</script> "quoted" & <img src=x onerror=y>'
    spoken = tuple(
        replace(u, words=tuple(replace(w, text=evil) for w in u.words))
        for u in conversation.utterances
    )
    made = findings(Heard(facts(), Settings(), replace(conversation, utterances=spoken)), frames)
    page = html(made, frames, session_id="<b>")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def test_contours_are_well_formed_and_leave_gaps(report, frames):
    root = ElementTree.fromstring(figures.contours(report, frames))
    marks = [p.get("d") for p in root.iter("{http://www.w3.org/2000/svg}path")]
    assert any(d.count("M") > 20 for d in marks)


def test_a_session_in_which_nobody_speaks_has_a_page(frames, conversation):
    empty = replace(conversation, utterances=(), silences=(), casting=(), has_words=False)
    made = findings(Heard(facts(), Settings(), empty), frames)
    page = html(made, frames, session_id="s-0")
    assert str(message("page.no_speech")) in section(page, "timeline")
    drawn = (figures.contours(made, frames), figures.timeline(made), figures.offsets(made))
    assert drawn == (None, None, None)
    assert str(message("page.no_voices")) in screen(made, "s-0")


def test_the_screen_is_one_screen(report):
    text = screen(report, "s-1")
    assert len(text.splitlines()) < 40
    assert "s-1" in text


def marks(report, frames):
    """Numbers beside the upper picture of the contours, and the times below it."""
    root = ElementTree.fromstring(figures.contours(report, frames))
    upper = next(root.iter("{http://www.w3.org/2000/svg}g"))
    texts = list(upper.iter("{http://www.w3.org/2000/svg}text"))
    ending = [t for t in texts if t.get("text-anchor") == "end"]
    left = [t for t in ending if t.get("x") == ending[0].get("x")]
    below = [t.text for t in texts if re.fullmatch(r"[\d:]+", t.text) and t not in left]
    return [float(t.text.replace("−", "-")) for t in left], [seconds(text) for text in below]


def seconds(clock):
    return sum(int(part) * 60**at for at, part in enumerate(reversed(clock.split(":"))))


@pytest.mark.parametrize("times", [0.02, 0.5, 1.0, 3.7, 60.0])
def test_axes_are_marked_at_round_numbers_evenly(report, frames, times):
    heard = np.random.default_rng(5).uniform(100, 180, len(frames.f0_hz)).astype(np.float32)
    f0_hz = np.where(np.isfinite(frames.f0_hz), heard * np.float32(times), np.float32(np.nan))
    found, _ = marks(report, replace(frames, f0_hz=f0_hz))
    assert 2 <= len(found) <= 6
    step = found[1] - found[0]
    assert np.diff(found) == pytest.approx(step)
    digits = step / 10 ** np.floor(np.log10(step) + 1e-9)
    assert min(abs(digits - n) for n in (1, 2, 5)) < 1e-6
    assert 100 * times <= found[0] and found[-1] <= 180 * times


@pytest.mark.parametrize(
    ("duration", "step"), [(31.0, 5), (232.0, 30), (3000.0, 600), (10800.0, 1800), (39999.0, 1800)]
)
def test_time_is_marked_where_a_clock_is_read(report, frames, duration, step):
    longer = replace(report, conversation=replace(report.conversation, duration=duration))
    _, found = marks(longer, frames)
    assert found == [n * step for n in range(len(found))]
    assert found[-1] < duration <= found[-1] + step


def test_what_counts_as_a_silence_is_said_as_the_session_was_measured(report, frames):
    """By each place that says it, on a page of a session with another threshold."""
    talk = report.conversation
    longer = replace(report, conversation=replace(talk, units=replace(talk.units, silence_s=4.5)))
    theirs = html(longer, frames, session_id="s-1")
    codes = ("page.silences", "page.no_silence")
    said = [str(escape(str(message(code, least_s=4.5)))) for code in codes]
    assert any(text in section(theirs, "turns") for text in said)
    assert "4.5 s" in section(theirs, "timeline")
