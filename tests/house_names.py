"""Names of behaviours, cues and formats in the code outside their tables, with the reason why."""

# Where rows stand, and the functions beside a row that name what they measure.
TABLES = (
    "diarize/formats/table.py",
    "prosody/catalogue.py",  # names of older versions
    "prosody/cues/",
    "prosody/listening/behaviours.py",
    "prosody/listening/chosen_pairs.py",  # each row a pair of a behaviour and a cue
    "prosody/listening/continuity.py",
    "prosody/listening/cues.py",
    "prosody/listening/marks.py",  # each row a section of a rule file
    "prosody/listening/outcomes.py",
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
        "diarize/models/packages.py": {"wanted"},
        "prosody/render/drawing.py": {"said"},
        "prosody/render/wording.py": {"said"},
    },
    "a heading in a file of another program": {"diarize/formats/tables.py": {"said"}},
    "a kind of file that holds no transcript": {
        "prosody/render/export.py": {"CSV"},
        "prosody/store/codings.py": {"CSV"},
    },
    "an element of a page": {"dashboard/client/src/card.ts": {"summary"}},
}
