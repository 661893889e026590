"""Every round of layouts, by its name, in the order in which they were written."""

from benchmarks.shared.eighth_cases import EIGHTH
from benchmarks.shared.eleventh_cases import ELEVENTH
from benchmarks.shared.fifteenth_cases import FIFTEENTH
from benchmarks.shared.fifth_cases import FIFTH
from benchmarks.shared.fourteenth_cases import FOURTEENTH
from benchmarks.shared.fourth_cases import FOURTH
from benchmarks.shared.ninth_cases import NINTH
from benchmarks.shared.seventh_cases import SEVENTH
from benchmarks.shared.sixteenth_cases import SIXTEENTH
from benchmarks.shared.sixth_cases import SIXTH
from benchmarks.shared.strange_cases import STRANGE
from benchmarks.shared.third_cases import THIRD
from benchmarks.shared.thirteenth_cases import THIRTEENTH
from benchmarks.shared.twelfth_cases import TWELFTH
from benchmarks.shared.written_cases import LAYOUTS

__all__ = ["ROUNDS"]

# The tenth had recordings alone.
ROUNDS = {
    "first": LAYOUTS,
    "second": STRANGE,
    "third": THIRD,
    "fourth": FOURTH,
    "fifth": FIFTH,
    "sixth": SIXTH,
    "seventh": SEVENTH,
    "eighth": EIGHTH,
    "ninth": NINTH,
    "eleventh": ELEVENTH,
    "twelfth": TWELFTH,
    "thirteenth": THIRTEENTH,
    "fourteenth": FOURTEENTH,
    "fifteenth": FIFTEENTH,
    "sixteenth": SIXTEENTH,
}
