"""What a program that gave up other machines can still do, and what it starts."""

import json
import platform
import subprocess
import sys

import pytest

from diarize.runtime.calls import _MACHINES
from diarize.runtime.program import own_program

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in _MACHINES,
    reason="the calls of this machine are not known",
)
TRIES = """
import json, socket, subprocess, sys
made = {}
for name in ("AF_INET", "AF_INET6", "AF_PACKET", "AF_UNIX", "AF_NETLINK"):
    try:
        socket.socket(getattr(socket, name), socket.SOCK_DGRAM).close()
        made[name] = True
    except PermissionError:
        made[name] = False
one, other = socket.socketpair()
one.send(b"spoken to")
print(json.dumps([made, other.recv(9).decode()]))
if sys.argv[1:]:
    subprocess.run([sys.executable, "-c", sys.argv[1]])
"""


def test_it_and_what_it_starts_reach_this_machine_alone():
    command, environment = own_program("diarize.runtime.calls")
    told = [*command, sys.executable, "-c", TRIES, TRIES]
    done = subprocess.run(told, env=environment, capture_output=True, text=True)
    own, child = map(json.loads, done.stdout.splitlines())
    assert own == child
    made, heard = own
    assert heard == "spoken to"
    assert made.pop("AF_UNIX") and made.pop("AF_NETLINK")
    assert not any(made.values())


def test_how_it_ends_is_how_the_program_ends():
    command, environment = own_program("diarize.runtime.calls")
    done = subprocess.run([*command, sys.executable, "-c", "raise SystemExit(7)"], env=environment)
    assert done.returncode == 7
