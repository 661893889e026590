"""Figures that people wrote into README and docs stand where they come from.

What a command writes between its marks is held by `tests/test_accuracy.py`.
"""

import re
import tomllib

import pytest
import soundfile

from diarize.runtime.atomic import _LARGEST_BYTES
from diarize.settings import Decoding
from tests.conftest import ROOT

NUMBER = re.compile(r"(?<![\w/.,])(?!\d+(?:\.\d+){2})[.,]?\d+(?:[.,]\d+)*(?![\w/])")  # no version
PAGE = re.compile(r"\]\(([^)#\s]*(?:benchmarks|notes)/[\w-]+\.md)[^)]*\)")
MADE = re.compile(r"```.*?```|<!-- ([\w: -]+) -->.*?<!-- /\1 -->", re.DOTALL)
GENERATED = {"cues.md", "licences.md"}  # whole, by commands of their own
BY_HAND = [
    ROOT / "README.md",
    *(file for file in sorted((ROOT / "docs").glob("*.md")) if file.name not in GENERATED),
    *sorted((ROOT / "docs" / "notes").glob("*.md")),
]
# Numbers in a sentence with a page of figures that are not of that page, and what they are.
ELSEWHERE = {
    "data-protection.md": {"164.514": "a paragraph of a law"},
    "guide.md": {"200": "a bound, of 124 on the page"},
    "listening.md": {"31": "an example", "40": "an example"},
    "intervals-and-links.md": {
        **dict.fromkeys(("5.1", "2,500"), "of sessions, tried once, as the sentence says"),
    },
    "weights-as-packages.md": {
        "3,146": "the sum of the page's words",
        "404": "the sum of two rows",
        "3": "words wrong in one column less those in another",
    },
}


def value(number):
    """Read a number as a sentence has it; commas divide thousands."""
    return float(re.sub(r"(?<=\d),(?=\d{3})", "", number))


def said(text):
    return NUMBER.findall(re.sub(r"`[^`]*`", "", text))


def sentences(text):
    """Give the sentences of what somebody wrote, without what commands wrote."""
    for block in re.split(r"\n\s*\n|\n(?=[*|-] )", MADE.sub("", text)):
        yield from re.split(r"(?<=[.;:])\s+(?=[A-Z*(])", " ".join(block.split()))


def rounds_to(number, found):
    """Whether a number on a page, rounded as the sentence has it, is the sentence's."""
    decimals = len(number.partition(".")[2])
    return round(found, decimals) == value(number)


@pytest.mark.parametrize("file", BY_HAND, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_figure_beside_a_page_of_figures_stands_on_that_page(file):
    lost = []
    for sentence in sentences(file.read_text("utf-8")):
        pages = [(file.parent / link).resolve() for link in PAGE.findall(sentence)]
        there = [value(n) for page in pages for n in NUMBER.findall(page.read_text("utf-8"))]
        own = said(PAGE.sub("]", sentence)) if pages else []
        known = ELSEWHERE.get(file.name, {})
        lost += [(n, sentence) for n in own if n not in known
                 and not any(rounds_to(n, each) for each in there)]  # fmt: skip
    assert lost == []


def test_a_figure_that_is_on_no_page_is_seen():
    assert said("of 3,146 words `5` 5.4% (.2 to 2.7), 4.0.7") == [*("3,146", "5.4", ".2", "2.7")]
    assert rounds_to("7", 6.7) and rounds_to(".47", 0.471) and not rounds_to("1.5", 1.56)
    links = [
        PAGE.findall(s) for s in sentences("One ([a](notes/b.md)). Two [c](benchmarks/d.md#e)")
    ]
    assert links == [["notes/b.md"], ["benchmarks/d.md"]]


def clock(seconds):
    return f"{seconds // 60} min {seconds % 60} s"


def of_code():
    """Give what the README says and the code, the samples or a page of figures say as well."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pythons = [c.rpartition(" ")[2] for c in project["classifiers"] if re.search(r":: 3\.\d+$", c)]
    samples = [soundfile.info(file) for file in (ROOT / "sample_audio").glob("*.flac")]
    limits = Decoding()
    most = f"{limits.duration_max_h:g} hours and {_LARGEST_BYTES / 2**30:g} GiB"
    khz = f"{limits.rate_min_hz / 1e3:g} to {limits.rate_max_hz / 1e3:g} kHz"
    light = (ROOT / "requirements-light.txt").read_text("utf-8").replace("\\\n", " ").splitlines()
    locked = [line.partition(" --hash")[0] for line in light if "==" in line]
    taken = [line for line in locked if not line.strip().endswith("< '3.12'")]  # on 3.12, Linux
    note = (ROOT / "docs" / "notes" / "weights-as-packages.md").read_text("utf-8")
    whole = re.search(r"\| \*\*whole\*\* \| (\d+) \|", note)
    torch = next(line for line in project["optional-dependencies"]["engines"] if "torch==" in line)
    return [
        f"You need Python {', '.join(pythons[:-1])} or {pythons[-1]}",
        f"{len(samples)} sessions".replace("4", "four"),
        f"{sum(one.duration for one in samples):.0f} s of sound",
        f"{khz}, 1 to {limits.channels_max} channels, up to {most}",
        f"{len(taken) + 1} packages",  # and this program
        f"one of 52 minutes from sound alone {clock(int(whole.group(1)))}",
        torch.replace("==", " "),
    ]


# What a machine measured and no test can: after it, where it was had from.
ON_A_MACHINE = {
    "make demo, on two idle cores": {
        *("2 to 9%", "1 min 22 s", "2.9 GB", "1 min 33 s"),
    },
    "python -m benchmarks.session 50, on two idle cores": {
        *("55 minutes", "50 s", "52 minutes"),
    },
    "python .ci/footprint.py, and what pip said": {
        *("343 MB", "165 MB", "57 packages", "176 MB", "27 to 43 s", "564 MB", "165 of them"),
        *("scipy 110", "numpy 53", "pandas 45", "131 MB", "120 MB", "less than 400 MB"),
    },
}


def test_the_readme_says_what_code_samples_and_pages_say():
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert [one for one in of_code() if one not in text] == []
    guide = " ".join((ROOT / "docs" / "guide.md").read_text("utf-8").split())
    assert of_code()[3] in guide


def test_a_number_of_the_readme_has_an_origin():
    text = " ".join(MADE.sub("", (ROOT / "README.md").read_text("utf-8")).split())
    measured = [phrase for phrases in ON_A_MACHINE.values() for phrase in phrases]
    assert [phrase for phrase in measured if phrase not in text] == []
    for phrase in (*of_code(), *measured, "on 3.11, 3.12 and 3.13", "MIT"):
        text = text.replace(phrase, "")
    names = r"C-017|Python 3\.12|min 3 s|\[[^]]*\]\([^)]*\)"
    assert said(re.sub(names, "", text)) == []
