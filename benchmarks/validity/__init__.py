"""What the pacing and warmth measures are worth: known edits, acted and rated voices, alignments.

``python -m benchmarks.validity [--data FOLDER] [--only edits,acted,rated,...] [--to FILE]``

(a) edits: some turns of one speaker made louder, harder, faster, higher or noisy; what moved.
(b) acted: calm and sad-soft against angry sentences, within speaker (EmoDB files).
    activation: the rating of angry over calm sentences; our HF500 against the toolkit's.
(c) rated: components and index against listeners' warmth, per sex (eGeMAPS functionals stand in).
    halves: weights chosen anew on random halves of the speakers, tested on the others.
(d) rate: syllables and articulation rate against aligned transcripts.
    written: the syllable rule against a speech synthesiser's phonemes (espeak-ng).
(e) errors: what jittered boundaries, missed backchannels and wrong words do to every measure.

Prints Markdown tables; ``--to`` writes the numbers as JSON. Parts whose data or program (sox for
some edits) is missing say so and are left out. The shipped weights are not fitted here; `halves`
fits others, to see how far choosing helps on people not seen.
"""
