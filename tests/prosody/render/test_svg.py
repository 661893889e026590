"""What the figures draw is what the report says."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from diarize.conversation import Role
from diarize.messages import message
from prosody.analysis import Analysis
from prosody.cues.dyad import transitions
from prosody.render import svg as figures
from prosody.render.drawing import SHADES
from tests.conftest import retold

SVG = "{http://www.w3.org/2000/svg}"
FILLS = {"therapist": SHADES["therapist"], "client": "url(#hatch)"}


def bars(drawn, fill):
    """Every bar with a filling, outside the pattern of the hatching."""
    root = ElementTree.fromstring(drawn.alone)
    hatching = {id(part) for pattern in root.iter(f"{SVG}pattern") for part in pattern.iter()}
    every = [bar for bar in root.iter(f"{SVG}rect") if id(bar) not in hatching]
    return [bar for bar in every if bar.get("fill") == fill]


def test_the_map_has_a_bar_for_every_stretch_of_speech_and_every_silence(report):
    drawn = figures.timeline(report)
    for role, fill in FILLS.items():
        spoken = [ipu for turn in report.turns for ipu in turn.ipus if turn.role == role]
        assert len([b for b in bars(drawn, fill) if b.get("height") in ("12.0", "6.0")]) == len(
            spoken
        )
        assert len(spoken) > 1
    silences = [found for found in report.silences if found.kind == "silence"]
    assert len(bars(drawn, SHADES["silence"])) == len(silences)


def test_voices_without_a_role_have_a_lane_each_with_its_name(report):
    nobody = tuple(replace(turn, role=Role.UNKNOWN) for turn in report.turns)
    root = ElementTree.fromstring(figures.timeline(retold(report, utterances=nobody)).alone)
    names = [part.text for part in root.iter(f"{SVG}text") if part.get("text-anchor") == "end"]
    voices = sorted({turn.voice for turn in report.turns})
    assert names == [str(message("dashboard.lane_voice", voice=voice)) for voice in voices]


def test_the_bars_of_the_offsets_are_as_tall_as_their_offsets_are_common(report):
    timed = [c for c in transitions(Analysis(report.conversation)) if c.timed]
    edges = np.arange(-2, 4.01, 0.25)
    edges[0], edges[-1] = -np.inf, np.inf  # the first and the last bar hold all beyond them
    counts = {
        role: np.histogram([c.offset_s for c in timed if c.by == role], edges)[0] for role in FILLS
    }
    most = max(count.max() for count in counts.values())
    assert most > 0
    for role, fill in FILLS.items():
        tall = [float(bar.get("height")) / 66 for bar in bars(figures.offsets(report), fill)]
        assert tall == pytest.approx(counts[role][counts[role] > 0] / most, abs=0.01)
