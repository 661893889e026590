"""What tests say of refusals and notes: by code, so that wording may change."""

from contextlib import contextmanager

import pytest

from diarize.errors import Refused


@contextmanager
def refused(code, *, why=None):
    """Expect a refusal, in one line, of this code (and for that reason, where it names one)."""
    with pytest.raises(Refused) as caught:
        yield caught
    refusal = caught.value
    assert refusal.code == code, str(refusal)
    if why is not None:
        assert refusal.message.fields["why"].code == why, str(refusal)
    line = str(refusal)
    assert "\n" not in line
    assert code not in line, "the catalogue has a sentence for it"


def codes(notes):
    """Give the codes of notes, in order."""
    return [note.code for note in notes]
