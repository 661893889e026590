"""``python -m prosody``."""

from prosody.cli.commands import main

main()
