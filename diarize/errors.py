"""What is refused, and why: a code, its fields, and one line for the person who asked.

Conventions
-----------
The line says what, which file or place, the true cause and what to do; the catalogue of
`diarize.messages` words it. A refusal leaves everything that was there before as it was.
"""

from diarize.messages import Field, Message

__all__ = ["Refused"]


class Refused(ValueError):
    """Input that may not or cannot be used.

    Parameters
    ----------
    code : str
        Of the catalogue, ``area.what``.
    **fields
        Of its sentence.

    Examples
    --------
    >>> str(Refused("disk.cannot_write", file="notes.txt", why="disk full"))
    'notes.txt: cannot be written (disk full); check the folder'
    """

    def __init__(self, code: str, /, **fields: Field) -> None:
        self.message = Message(code, fields)
        super().__init__(code)

    def __str__(self) -> str:
        """Give the line; a name with a line break in it makes no second one."""
        return " ".join(str(self.message).splitlines())

    @property
    def code(self) -> str:
        """Which refusal it is."""
        return self.message.code
