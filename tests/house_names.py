"""Names of behaviours, cues, formats, corrections and kinds of turn elsewhere, with the reason."""

# Where rows stand, and the functions beside a row that name what they measure.
TABLES = (
    "diarize/formats/table.py",
    "diarize/turns.py",  # kinds of turn
    "prosody/catalogue.py",  # names of older versions
    "prosody/cues/",
    "prosody/listening/behaviours.py",
    "prosody/listening/chosen_pairs.py",  # each row a pair of a behaviour and a cue
    "prosody/listening/continuity.py",
    "prosody/listening/cues.py",
    "prosody/listening/marks.py",  # each row a section of a rule file
    "prosody/listening/outcomes.py",
    "prosody/store/kinds.py",
    "prosody/trained/network.py",  # outputs of a network, in its order
)

# Everywhere else a name has its reason, by file.
NAMES: dict[str, dict[str, set[str]]] = {
    "a field of what is printed as JSON or sent to the browser": {
        "dashboard/view/player.py": {"said"},
        "dashboard/view/tables.py": {"said"},
        "prosody/checking.py": {"advice"},
        "prosody/cli/models.py": {"advice"},
        "prosody/listening/judged.py": {"said"},
    },
    "a function that a module offers": {
        "dashboard/panels/coding_panel.py": {"summary"},
        "prosody/store/changes.py": {"turn_text", "turn_voice", "words_voice"},
        "diarize/models/packages.py": {"wanted"},
        "prosody/render/drawing.py": {"said"},
        "prosody/render/wording.py": {"said"},
    },
    "a heading in a file of another program": {"diarize/formats/columns.py": {"said"}},
    "a kind of file that holds no transcript": {
        "prosody/render/export.py": {"CSV"},
        "prosody/store/codings.py": {"CSV"},
    },
    "an element of a page": {"dashboard/client/src/card.ts": {"summary"}},
    "the look of a button": {
        "dashboard/pages/adding.py": {"primary"},
        "dashboard/panels/review_panel.py": {"primary"},
    },
    "a family of pairs, those set beforehand": {
        "dashboard/view/player.py": {"primary"},
        "dashboard/view/links.py": {"primary"},
        "prosody/listening/links.py": {"primary"},
        "prosody/render/listen_first.py": {"primary"},
        "prosody/render/listening.py": {"primary"},
        "prosody/render/text.py": {"primary"},
        "prosody/report/pooled.py": {"primary"},
    },
    "a kind of overlap, or what ended a silence, in the report's schema": {
        "prosody/report/names.py": {"backchannel"},
        "prosody/report/schema.py": {"backchannel"},
    },
    "a list of words in a rule file": {"prosody/rules/phrases.py": {"backchannel"}},
    "an option of an analysis": {"prosody/options.py": {"motivational_interviewing"}},
    "a line of a format, which knows no turns": {"diarize/formats/transcript.py": {"primary"}},
    "the kinds of turn that the scripts draw": {
        "dashboard/client/src/first.ts": {"primary"},
        "dashboard/client/src/map.ts": {"backchannel", "secondary"},
        "dashboard/client/src/opens.ts": {"backchannel", "primary"},
        "dashboard/client/src/stepping.ts": {"primary"},
    },
    "what a row of corrections has made of a request": {
        "prosody/store/asking.py": {
            *("motivational_interviewing", "turn_text", "turn_voice", "words_voice"),
        },
    },
}
