"""Synthetic two-person sessions and the program that makes them.

``python -m sample_audio.make`` turns the dialogues in ``scripts/`` into recordings, each with
its ground truth and a consent record beside it. Nobody speaks in them: see ``README.md``.
"""
