"""System calls that a process gives up for good, and with it whatever it starts (Linux).

Conventions
-----------
A filter of the kernel's looks at the number of each call, and at the first argument of the one that
makes sockets; what is given up is answered "not permitted". On a machine whose calls are not known
here, and elsewhere than on Linux, nothing is given up. Run as a program, this module gives up other
machines and becomes the program that it is told.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Sequence

__all__ = ["alone", "unconnected"]

_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
# Of each machine: its kind; `socket`; what else reaches other machines or processes, which is
# connect, bind, listen, accept, accept4, sendto, sendmsg, sendmmsg, ptrace, process_vm_writev; and
# io_uring_setup, by which all of it could be asked for past a filter.
_MACHINES = {
    "x86_64": (0xC000003E, 41, (42, 49, 50, 43, 288, 44, 46, 307, 101, 311), 425),
    "aarch64": (0xC00000B7, 198, (203, 200, 201, 202, 242, 206, 211, 269, 117, 271), 425),
}
_X32 = 0x40000000  # another way to the same calls
_WITHIN = (1, 16)  # sockets that end on this machine: AF_UNIX, AF_NETLINK
_LOAD, _EQUAL, _AT_LEAST, _GIVE = 0x20, 0x15, 0x35, 0x06  # a filter's own language
_NUMBER, _KIND, _FIRST = 0, 4, 16  # where a call's number, machine and first argument are
_ALLOWED, _NOT_PERMITTED = 0x7FFF0000, 0x00050001

Rule = tuple[int, int, int, int]


def alone() -> None:
    """Give up the network and other processes."""
    known = _MACHINES.get(platform.machine())
    if known is not None:
        kind, socket, reaching, ring = known
        _give_up(_rules(kind, (socket, *reaching, ring)))


def unconnected() -> None:
    """Give up other machines; programs of this one may still be spoken to."""
    known = _MACHINES.get(platform.machine())
    if known is not None:
        kind, socket, _, ring = known
        _give_up(_rules(kind, (ring,), socket=socket))


def _rules(kind: int, calls: Sequence[int], *, socket: int | None = None) -> list[Rule]:
    """Write a filter that forbids calls, and of `socket` what does not end on this machine."""
    rest = 0 if socket is None else len(_WITHIN) + 3
    last = len(calls) + rest + 5  # the answer that forbids; the one before it allows
    rules = [(_LOAD, 0, 0, _KIND), (_EQUAL, 0, last - 2, kind), (_LOAD, 0, 0, _NUMBER)]
    rules += [(_AT_LEAST, last - 4, 0, _X32)]
    rules += [(_EQUAL, last - 5 - n, 0, call) for n, call in enumerate(calls)]
    if socket is not None:
        rules += [(_EQUAL, 0, rest - 1, socket), (_LOAD, 0, 0, _FIRST)]
        rules += [(_EQUAL, len(_WITHIN) - n, 0, family) for n, family in enumerate(_WITHIN)]
        rules += [(_GIVE, 0, 0, _NOT_PERMITTED)]
    return [*rules, (_GIVE, 0, 0, _ALLOWED), (_GIVE, 0, 0, _NOT_PERMITTED)]


def _give_up(rules: Sequence[Rule]) -> None:
    packed = b"".join(struct.pack("HBBI", *rule) for rule in rules)
    held = ctypes.create_string_buffer(packed, len(packed))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("rules", ctypes.c_void_p)]

    program, libc = Program(len(rules), ctypes.addressof(held)), ctypes.CDLL(None)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    libc.prctl(_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)


if __name__ == "__main__":
    if sys.platform == "linux":
        unconnected()
    os.execv(sys.argv[1], sys.argv[1:])
