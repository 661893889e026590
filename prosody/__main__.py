"""``python -m prosody``."""

from prosody.cli import main

main()
