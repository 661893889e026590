"""Help by topic, and what a shell completes."""

import os
import subprocess
import sys

import pytest

from prosody.cli.guidance import TOPICS
from tests.conftest import ROOT


def prosody(*arguments, **variables):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-m", "prosody", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def completed(words):
    """What an installed ``prosody`` offers a shell for the last of the words."""
    code = "import sys; sys.argv = ['prosody']; from prosody.cli.commands import main; main()"
    variables = {
        "PYTHONPATH": str(ROOT),
        "PROSODY_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    made = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    return {line.partition(",")[2] for line in made.stdout.splitlines()}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_explained(topic):
    made = prosody("help", topic)
    assert made.returncode == 0 and len(made.stdout) > 200


def test_a_command_is_explained_as_its_own_help_does():
    one, other = prosody("help", "consent", "grant"), prosody("consent", "grant", "--help")
    assert one.stdout.split() == other.stdout.split()


def test_what_is_neither_is_refused_in_one_line():
    made = prosody("help", "consent", "grunt")
    assert (made.returncode, made.stdout, len(made.stderr.splitlines())) == (2, "", 1)


def test_a_shell_completes_commands_options_and_choices():
    assert completed(["prosody", "con"]) == {"consent"}
    assert completed(["prosody", "help", "f"]) == {"figures", "forget", "frames"}
    assert {"--transcript", "--transcriber"} <= completed(["prosody", "analyze", "--tr"])
    assert "faster-whisper" in completed(["prosody", "analyze", "--transcriber", ""])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_asks_by_the_variable_that_is_listened_to(shell):
    made = prosody("completion", shell)
    assert f"PROSODY_COMPLETE={shell}_complete" in made.stdout
