"""Write a tiny Whisper-architecture checkpoint with random weights.

It is loaded by ``whisper.load_model`` like any other and lets the real decoder run in seconds
where no trained weights are. It has learned nothing: what it writes is noise, and is never
shown as a result. The same seed gives the same weights.
"""

from pathlib import Path

__all__ = ["DIMENSIONS", "write"]

# The multilingual vocabulary is Whisper's own, so that its tokenizer fits; the rest is as small
# as two layers can be.
DIMENSIONS = {
    "n_mels": 80,
    "n_audio_ctx": 1500,
    "n_audio_state": 32,
    "n_audio_head": 2,
    "n_audio_layer": 2,
    "n_vocab": 51865,
    "n_text_ctx": 448,
    "n_text_state": 32,
    "n_text_head": 2,
    "n_text_layer": 2,
}


def write(path: Path, *, seed: int = 0) -> Path:
    """Write the checkpoint, half-precision, about 4 MB, and return its path.

    Parameters
    ----------
    path : Path
        Where; ending in ``.pt``.
    seed : int
        Of the random weights.
    """
    import torch
    from whisper.model import ModelDimensions, Whisper

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Whisper(ModelDimensions(**DIMENSIONS))
        for parameter in network.parameters():
            if parameter.dim() > 1:  # the rest keeps its own start: zeros, and ones of the norms
                torch.nn.init.normal_(parameter, std=0.05)
        torch.nn.init.normal_(network.decoder.positional_embedding, std=0.05)
    state = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in network.state_dict().items()
    }
    torch.save({"dims": DIMENSIONS, "model_state_dict": state}, path)
    return path
