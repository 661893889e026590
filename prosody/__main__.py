"""``python -m prosody``."""

import os
import sys

_HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120
if not sys.flags.safe_path and os.path.realpath(sys.path[0]) != _HERE:
    del sys.path[0]  # the folder a person is in: what lies there is received, and not a library

from prosody.cli.commands import main  # noqa: E402

main()
