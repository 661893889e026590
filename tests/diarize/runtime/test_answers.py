"""What work apart comes back with, where it fails."""

import errno
import json
import os

import pytest

from diarize.runtime.answers import attempted, received
from tests.said import refused


def failing(number):
    def work():
        raise OSError(number, os.strerror(number), "/somebody/Jane Doe.wav")

    return json.loads(json.dumps(attempted(work)))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG])
def test_no_room_for_temporary_files_is_said_and_names_no_file(number):
    with refused("disk.no_room") as caught:
        received(failing(number))
    assert set(caught.value.message.fields) == {"folder", "why"}
    assert "Jane" not in str(caught.value)


def test_a_disk_that_gives_nothing_is_said_and_another_failure_is_a_fault_of_ours():
    with refused("disk.unreadable", file=""):
        received(failing(errno.EIO))
    with pytest.raises(RuntimeError, match=r"^OSError$"):
        received(failing(errno.EBADF))
