"""Commands around a batch: consent in bulk, what became of each recording, tables, many at once."""

import csv
import json

import pytest
import soundfile

from diarize.recording import consent
from tests.commands import prosody
from tests.conftest import tone
from tests.said import told


@pytest.fixture
def manifest(tmp_path):
    """Two recordings that differ, and one that is not there."""
    for number in (1, 2):
        soundfile.write(tmp_path / f"{number}.wav", tone(0.5, hz=200 * number), 16_000)
    place = tmp_path / "m.csv"
    rows = ["recording;session_id;dyad_id;date;site", "1.wav;s-1;d-1;3.4.2030;north"]
    rows += ["2.wav;s-2;d-1;10.4.2030;north", "3.wav;s-3;d-2;;south"]
    place.write_text("\n".join(rows) + "\n")
    return place


def test_what_a_manifest_says_of_consents_is_told_by_row_and_column_alone(manifest, tmp_path):
    lines = ["recording,consent_by,consent_scopes,consent_expires", "1.wav,C-1,,01.03.2090"]
    lines += ["2.wav,Anna Maria,,", "2.wav,C-1,Anna,", "2.wav,C-1,,Anna", "2.wav,C-1,,01.03.2020"]
    manifest.write_text("\n".join(lines) + "\n")
    form = ("--date-format", "DD.MM.YYYY")
    done = prosody("consent", "grant", "--manifest", manifest, *form, "--library", tmp_path / "l")
    assert done.returncode == 3 and told("command.consents_granted", done.stdout, n=1, of=5)
    assert "Anna" not in done.stderr and len(done.stderr.strip().splitlines()) == 4
    columns = ["consent_by", "consent_scopes", "consent_expires", "consent_expires"]
    for line, row, column in zip(done.stderr.splitlines(), (2, 3, 4, 5), columns, strict=True):
        assert told("batch.bad_cell", line, row=row, column=column)
    assert consent.read(tmp_path / "1.wav").expires_on == "2090-03-01"


def test_from_a_manifest_to_tables(manifest, tmp_path):
    library, to = tmp_path / "l", tmp_path / "tables"
    granted = prosody("consent", "grant", "--manifest", manifest, "--by", "x", "--library", library)
    assert granted.returncode == 3 and told("command.consents_granted", granted.stdout, n=2, of=3)
    wrong = prosody("batch", manifest, "--library", library)
    assert wrong.returncode == 2 and not library.exists()  # days come first in it
    done = prosody("batch", manifest, "--library", library, "--date-format", "DD.MM.YYYY")
    assert done.returncode == 3, done.stderr
    assert told("batch.covariates", done.stderr, n=1)
    listed = prosody("library", "jobs", "--library", library, "--json")
    states = [json.loads(line)["status"] for line in listed.stdout.splitlines()]
    assert (listed.returncode, states) == (3, ["done", "done", "failed"])
    written = prosody("tables", "--to", to, "--library", library, "--format", "csv", "--bom")
    assert written.returncode == 0 and told("command.tables_written", written.stdout, n=2)
    with (to / "sessions.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["date"], r["session_order"], r["x_site"]) for r in rows] == [
        ("2030-04-03", "1", "north"), ("2030-04-10", "2", "north"),
    ]  # fmt: skip
    assert (to / "sessions.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    seen = prosody("library", "cohort", "--by", "site", "--library", library, "--json")
    (group,) = map(json.loads, seen.stdout.splitlines())
    assert (group["name"], group["sessions"], group["pairs"]) == ("north", 2, 1)
    (library / "s-1" / "heard.json").write_text("{")  # then one that is damaged is counted apart
    partly = prosody("tables", "--to", to, "--library", library, "--format", "csv")
    assert partly.returncode == 3 and told("command.tables_written", partly.stdout, n=1)
    assert told("command.tables_lack", partly.stderr, n=1)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--cluster", "tcp://192.0.2.7:8786"), "batch.open_line"),
        (("--cluster", "tls://192.0.2.7:8786"), "batch.no_certificates"),
        (("--cluster", "127.0.0.1"), "batch.no_address"),
    ],
)
def test_a_cluster_that_may_not_be_spoken_to_is_refused_in_one_line(
    manifest, tmp_path, options, code
):
    pytest.importorskip("distributed")
    done = prosody(
        *("batch", manifest, "--library", tmp_path / "l", "--date-format", "DD.MM.YYYY"), *options
    )
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1
    assert told(code, done.stderr) and not (tmp_path / "l").exists()


def test_several_machines_need_a_library_that_several_can_write(manifest, tmp_path):
    pytest.importorskip("distributed")
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).write_text("")
    done = prosody(
        *("batch", manifest, "--library", tmp_path / "l", "--date-format", "DD.MM.YYYY"),
        *("--cluster", "tls://192.0.2.7:8786", "--certificates", tmp_path),
    )
    assert done.returncode == 2 and told("batch.not_a_database", done.stderr)
