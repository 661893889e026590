"""What marks a sentence by its phrases: one row a mark, beside what its words alone show.

Conventions
-----------
A mark is a phrase of one grade of one section of a rule file. What each mark is worth for which
statements the rule file says; docs/listening.md lists them. A new mark is a row here and its worth
there.
"""

from dataclasses import dataclass

__all__ = ["CLOSED", "MARKS", "OPEN", "STEM", "Mark"]

STEM = "stem"
OPEN, CLOSED = "question_open", "question_closed"  # sections by which a sentence is heard to ask


@dataclass(frozen=True, slots=True)
class Mark:
    """One row.

    Parameters
    ----------
    name : str
        As the rule file weighs it.
    section, grade : str
        Whose phrases show it.
    stem : bool
        Whether it gives back what was said: such a sentence has the mark `STEM` too.
    says : bool
        Whether a sentence with it says something, however few words of content it has.
    urges : bool
        Whether it urges: what begins with "you" has it only if the phrase does ("you could").
    outweighed : bool
        Whether it does not count in a sentence that gives back.
    """

    name: str
    section: str
    grade: str = "strong"
    stem: bool = False
    says: bool = False
    urges: bool = False
    outweighed: bool = False


MARKS = (
    Mark("reflection", "reflection", stem=True),
    Mark("against_reflection", "reflection", "against"),
    Mark("deepens", "depth"),
    Mark("deepens_fair", "depth", "fair"),
    Mark("repeats", "depth", "against"),
    Mark("summary", "summary", stem=True, says=True),
    Mark("information", "information", outweighed=True),
    Mark("information_fair", "information", "fair"),
    Mark("against_information", "information", "against"),
    Mark("advice", "advice", urges=True, outweighed=True),
    Mark("advice_fair", "advice", "fair"),
    Mark("against_advice", "advice", "against"),
    Mark("affirmation", "affirmation", outweighed=True),
    Mark("validation", "validation", outweighed=True),
    Mark("normalising", "normalising", outweighed=True),
    Mark("autonomy_support", "autonomy_support", outweighed=True),
    Mark("shared_goals", "shared_goals", outweighed=True),
    Mark("repair", "repair", outweighed=True),
    Mark("social", "social"),
    Mark("check_in", "check_in"),
    Mark("invites_response", "invites_response"),
)
