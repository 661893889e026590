"""Where the weights that ship were fitted; nothing is overwritten unless ``--to`` says so.

``python -m training.overlap --to FILE.npz`` and ``python -m training.voicing --to FILE.toml`` write
new weights beside the project; whoever judges them better puts them in their place, with their
new hash and the figures, by hand.
"""
