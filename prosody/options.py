"""What a person may ask of an analysis: one table, read by everything that offers a choice.

Conventions
-----------
A row of `OPTIONS` is an option of ``prosody analyze`` and ``prosody batch`` (``--name``), a
column of a batch's manifest (``name``), a row of the guide's table, and the field of `Asked` or
the place in `Settings` that its value ends up in: a new option is one new row. What a session is
filed under is in `prosody.option.LABELS`, what every command takes in `EVERYWHERE`. Nothing heavy
is imported before a value is read, so that help answers at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diarize.errors import Refused
from diarize.messages import languages
from prosody.option import ISO_DATE, LABELS, Option, checked

if TYPE_CHECKING:
    from diarize.separation.recognition import Template
    from prosody.settings import Settings

    _Voices = Callable[[str], Template]

__all__ = [
    "DATES",
    "EVERYWHERE",
    "OPTIONS",
    "Asked",
    "asked",
    "guide",
    "told",
]

_MARKS = "<!-- options -->", "<!-- /options -->"  # around what is generated in the guide
_NAMELESS = ("choice", "number", "seconds", "flag", "switch")  # kinds that cannot name anybody


def _default_settings() -> "Settings":
    from prosody.settings import Settings

    return Settings.load()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked for.

    `channels` maps a 0-based channel to a role, `voices` a voice to a role; `enrolled` is the
    therapist's own voice, kept by their consent; `track` is which track of the file, from 1;
    `people` is how many speak, None for unknown; `settings` are the thresholds; `more` has options
    that none of the other fields is for.
    """

    transcript: Path | None = None
    offset: float | None = None
    speakers: Path | None = None
    channels: Mapping[int, str] | None = None
    therapist: str | None = None
    voices: Mapping[str, str] | None = None
    enrolled: "Template | None" = None
    track: int | None = None
    people: int | None = 2
    separator: str = "auto"
    transcriber: str = "auto"
    whisper_model: str | None = None
    pyannote_model: Path | None = None
    language: str | None = None
    glossary: Path | None = None
    settings: "Settings" = field(default_factory=_default_settings)
    more: Mapping[str, Any] = field(default_factory=dict)


def _separators() -> tuple[str, ...]:
    from diarize.separation.table import SEPARATORS

    return ("auto", *SEPARATORS)


def _transcribers() -> tuple[str, ...]:
    from diarize.transcription.table import TRANSCRIBERS

    return ("auto", *TRANSCRIBERS, "none")


def _transcripts() -> dict[str, str]:
    from diarize.formats.table import readable

    return {"endings": " ".join(readable())}


OPTIONS: dict[str, Option] = {
    row.name: row
    for row in (
        Option(
            "transcript", "Transcript of the session; its file ending sets the format: {endings}.",
            "path", named=_transcripts,
        ),
        Option(
            "offset",
            "How many seconds the transcript's times lag the audio; "
            "may be negative. Without it the offset is estimated.",
            "seconds",
            least=-86_400,
            most=86_400,
            metavar="SECONDS",
        ),
        Option("speakers", "Who speaks when: RTTM, or a file with speakers and times.", "path"),
        Option(
            "channels",
            "Channel of each role, for example therapist=1,client=2.",
            "channels",
            metavar="ROLE=N,...",
        ),
        Option(
            "track",
            "Which audio track, in a file with several (default: those with speech).",
            "number",
            least=1,
            most=99,
            metavar="N",
        ),
        Option(
            "therapist", "The therapist's voice, as named in the report or transcript.",
            metavar="VOICE",
        ),
        Option(
            "therapist_voice",
            "The therapist's enrolled voice (see: prosody voice list).",
            "voice",
            metavar="NAME",
            field="enrolled",
        ),
        Option(
            "people",
            "Number of speakers, or unknown to estimate it from the sound.",
            "number",
            least=1,
            most=8,
            usual=2,
            word="unknown",
            metavar="N|unknown",
        ),
        Option(
            "transcriber",
            "Speech recogniser.",
            "choice",
            _transcribers,
            column=False,
        ),
        Option(
            "whisper_model",
            "Whisper model: its name, a .pt file, or a faster-whisper folder.",
            metavar="NAME|FILE",
            column=False,
        ),
        Option(
            "separator",
            "Speaker diarization method.",
            "choice",
            _separators,
            column=False,
        ),
        Option(
            "pyannote_model",
            "Folder with pyannote's weights (see: prosody models status).",
            "path",
            column=False,
        ),
        Option("language", "Language spoken, as a two-letter code.", metavar="CODE"),
        Option(
            "glossary",
            "Names the recogniser should expect (medicines, places): a text file, one per line.",
            "path",
        ),
        Option(
            "setting",
            "Same room or remote call.",
            "choice",
            ("room", "remote"),
            setting="setting",
        ),
        Option(
            "motivational_interviewing",
            "Mark as motivational interviewing; adds MITI-style figures.",
            "flag",
            setting="listening.motivational_interviewing",
        ),
        Option(
            "experimental",
            "Also suggest experimental behaviours; they are not used for moments or links.",
            "flag",
            setting="reading.experimental",
        ),
    )
}  # fmt: skip
DATES = {  # how the dates of a manifest may be written, and how Python reads them
    "YYYY-MM-DD": ISO_DATE,
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
}
EVERYWHERE: dict[str, Option] = {
    row.name: row
    for row in (
        Option(
            "interface_language",
            "Language of everything the program says; also PROSODY_INTERFACE_LANGUAGE.",
            "choice",
            languages,
            column=False,
        ),
    )
}


def asked(values: Mapping[str, Any], voice: "_Voices | None" = None) -> Asked:
    """Read what was given under the names of `OPTIONS`.

    Parameters
    ----------
    values : mapping
        Texts, as a manifest has them, or values already read; None and an empty text are as
        good as nothing.
    voice : callable, optional
        Gives an enrolled voice by its name; without it there is none.

    Raises
    ------
    Refused
        If a value cannot be what its option takes.
    """
    own = {f.name for f in fields(Asked)}
    chosen: dict[str, Any] = {}
    more: dict[str, Any] = {}
    settings = _default_settings()
    for option in OPTIONS.values():
        given = values.get(option.name)
        value = option.default if given is None or given == "" else _read(option, given, voice)
        if option.setting is not None:
            if value is not None:
                settings = _with(settings, option.setting, value)
        elif (name := option.key) in own:
            chosen[name] = value
        else:
            more[name] = value
    return Asked(**chosen, settings=settings, more=more)


def told(asked: Asked) -> dict[str, Any]:
    """Give what a person asked for, by the option's name, as a report has it.

    What ends up in a setting is told there, and what nobody asked for is not told. Of a file, a
    voice or a text, in which a name may stand, nothing is told but that it was given.
    """
    own = {f.name for f in fields(Asked)}
    found: dict[str, Any] = {}
    for row in OPTIONS.values():
        value = getattr(asked, row.key) if row.key in own else asked.more.get(row.key, row.default)
        if row.setting is None and value != row.default:
            found[row.name] = _told(row, value)
    return found


def _told(option: Option, value: Any) -> Any:
    if option.kind == "channels":
        return {role: channel + 1 for channel, role in value.items()}
    if option.kind in _NAMELESS:
        return option.word if value is None else value
    return True


def _read(option: Option, given: Any, voice: "_Voices | None") -> Any:
    if option.kind != "voice":
        return checked(option, given)
    if voice is None:
        raise Refused("enrolled.unknown", name=str(given))
    return voice(str(given))


def _with(settings: Any, place: str, value: Any) -> Any:
    """Give settings with the value at a dotted place changed."""
    head, _, rest = place.partition(".")
    inner = getattr(settings, head)
    if rest and is_dataclass(inner):
        value = _with(inner, rest, value)
    return replace(settings, **{head: value})


def guide() -> str:
    """Write the guide's tables of options and columns, in Markdown, from the rows."""
    lines = ["| option | manifest column | meaning | default |", "|---|---|---|---|"]
    for row in OPTIONS.values():
        what = row.line if not row.choices else f"{row.line} One of {_code(row.known)}."
        lines.append(
            f"| `{row.flag}` | {_code([row.name]) if row.column else '–'} | {what} "
            f"| {_code([str(row.default)]) if row.choices or row.usual else '–'} |"
        )
    lines += ["", "Of `analyze` alone, and as columns of a manifest:", ""]
    lines += ["| option | manifest column | meaning |", "|---|---|---|"]
    lines += [f"| `{row.flag}` | `{row.name}` | {row.line} |" for row in LABELS.values()]
    lines += ["", "Of every command:", "", "| option | meaning | default |", "|---|---|---|"]
    lines += [
        f"| `{row.flag}` | {row.line} One of {_code(row.known)}. | {_code([str(row.default)])} |"
        for row in EVERYWHERE.values()
    ]
    return "\n".join(lines)


def _code(words: Any) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _main() -> None:
    """Write the tables into the guide, between their marks."""
    import sys

    file = Path(sys.argv[1])
    before, _, rest = file.read_text("utf-8").partition(_MARKS[0])
    _, _, after = rest.partition(_MARKS[1])
    file.write_text(f"{before}{_MARKS[0]}\n{guide()}\n{_MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    _main()
