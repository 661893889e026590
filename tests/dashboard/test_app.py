"""How the dashboard stands in the house: its names, its imports, its port."""

import ast
import socket
import subprocess
import sys
from pathlib import Path

import dashboard
from dashboard import app
from tests.said import refused

HOME = Path(dashboard.__file__).parent
READS = {"prosody", "dashboard"} | {
    f"diarize.{name}"
    for name in (
        "conversation",
        "errors",
        "messages",
        "recording.consent",
        "recording.register",
        "roles",
        "runtime.atomic",
        "runtime.faults",
        "timeline",
    )
}
WAYS_IN = ("unsafe_allow_html", "innerHTML", "insertAdjacentHTML", "st.markdown", "eval(")
LIBRARIES = {"click", "itsdangerous", "jinja2", "numpy", "starlette", "streamlit"}


def imports() -> set[tuple[str, str]]:
    found = set()
    for path in HOME.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {(path.name, alias.name) for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((path.name, node.module or ""))
    return found


def test_no_page_is_named_like_a_standard_module() -> None:
    assert not {path.stem for path in HOME.rglob("*.py")} & (sys.stdlib_module_names - {"__main__"})


def test_the_dashboard_reads_reports_and_never_models_or_sound() -> None:
    for file, module in imports():
        if module.split(".")[0] in sys.stdlib_module_names:
            continue
        allowed = module in READS or module.startswith(("prosody.", "dashboard."))
        assert allowed or module.split(".")[0] in LIBRARIES, f"{file} imports {module}"
    assert not {m for _, m in imports()} & {
        "prosody.pipeline",
        "prosody.batch.run",
        "prosody.cli.commands",
    }


def test_nothing_heavy_is_loaded_before_a_page_is_asked_for() -> None:
    code = (
        "import sys, dashboard.app, dashboard.view.player, dashboard.serving;"
        "print([m for m in ('torch', 'librosa', 'whisper', 'pyannote') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HOME.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_transcripts_have_no_way_to_become_markup() -> None:
    for path in HOME.iterdir():
        if path.suffix in {".py", ".js"}:
            text = path.read_text("utf-8")
            for way in (
                "unsafe_allow_html",
                "innerHTML",
                "insertAdjacentHTML",
                "st.markdown",
                "eval(",
            ):
                assert way not in text, f"{path.name} uses {way}"


def test_a_port_in_use_is_refused_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with refused("dashboard.port_taken", port=port):
            app.launch(tmp_path, port=port, open_browser=False)
