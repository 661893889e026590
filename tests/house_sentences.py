"""Numbers in the sentences of the program that are no thresholds, each with the reason why."""

import re

# What has a figure in its name, and what the field writes with one: no quantity.
_NAMES = re.compile(
    r"UTF-8|segmentation-3\.0|Apache-2\.0|Windows-1252|SHA-256|ISO 8601|MITI \d\.\d\.\d|CAM\+\+"
    r"|Re\w+blyzer|F1\b|H1–H2"
    r"|MP[34]|M4A|m4a|mp[34]|w64|c8|T1\b|\bC-017\b|arXiv \d+\.\d+|all-MiniLM-L6-v2"
    r"|\b(19|20)\d\d[ab]?\b|\b95(-|\s)?%|--\S+ \{\w+\}"
)
_NUMBER = re.compile(r"(?<![\w/])[.,]?\d+(?:[.,]\d+)*")
# None, one, the whole and its hundredths: ends of a scale.
_ENDS = {"0", "1", "100"}

# Sentences and words of rows that have a number of their own, by the reason why no setting has it.
SAID: dict[str, set[str]] = {
    "how long a code or an id may be, by which files and rows are named": {
        *("batch.bad_session_id", "command.not_a_code", "consent.no_code", "enrolled.no_code"),
        *("consent.cell_no_code", "consent.given_by_no_code"),
        *("dashboard.requests_rename", "library.bad_id", "requests.rename"),
    },
    "an example of what to write, or the codes that a command ends with": {
        *("help.consent", "help.exit_codes", "option.not_channels", "requests.words"),
        *("recording.samples_kind", "share.no_span"),
    },
    "the unit of a rate": {
        *("dashboard.rate_of_role", "page.per_10_min", "screen.behaviour"),
        *("screen.behaviour_range", "screen.behaviours"),
    },
    "a definition: the middle of an index, a percentile that a cue is named for, a band's ends": {
        *(
            "check.reverberation",
            "dashboard.course_said",
            "dashboard.points",
            "page.points_said",
            "page.warmth_said",
        ),
        *("turns.response_latency_p90.label", "vocal.band", "voice.softness.meaning"),
        *("warmth.index.meaning", "warmth.melodic.meaning", "warmth.soft.meaning"),
    },
    "what 95% means, and other words of statistics explained": {
        *("dashboard.over_time_read", "terms.ci_n_said", "terms.ci_said", "terms.errors_said"),
        *("terms.interval_said", "terms.p_said", "terms.z_said"),
    },
    "what studies found, and a manual publishes": {
        *("link.asked_reflection", "link.asked_silence", "match.flagged"),
        *(f"match.pitch_{what}.meaning" for what in ("convergence", "proximity", "synchrony")),
        "total.published_reflections",
    },
    "the world's: mains, telephones, ears, voices, octaves, noise that nobody touched": {
        *("quality.hum", "quality.hum_unmeasured", "recording.noise_shaped", "terms.band_said"),
        *("terms.db_said", "terms.dbfs_said", "terms.hz_said", "terms.st_said", "vocal.bass"),
    },
    "a package's version, and how large a download is": {
        *("separator.encoder_changed", "weights.better_whisper"),
    },
    "what the number in a mark may be": {"player.legend_said"},
}


def numbers(text: str) -> set[str]:
    """Numbers that stand in a sentence as it is written, but for those of its fields."""
    bare = _NAMES.sub(" ", re.sub(r"\{[^{}]*\}", " ", text))
    return {n for n in _NUMBER.findall(bare) if n not in _ENDS}
