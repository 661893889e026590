"""What each loop of ours that stands in librosa's or scipy's place saves over it.

    python -m benchmarks.kernels [--minutes 10] [--to docs/benchmarks/kernels.md]

A loop of ours is kept where it takes at most half the CPU time of the library's function or at
most a third of its memory, and where a test finds that both give the same; else the library's is
called. Every measurement is a process of its own, warmed up on half a minute of the same sound; the
least of three is shown. Memory is the most private memory added while it works.

Not in the table, because neither library has them: reading single harmonics, picking pitch
candidates and the path through them, and the cepstral peak over its straight line
(`prosody.features.kernels` says what each does; `tests/prosody/features/test_kernels.py` holds each
against plain numpy). Found not to pay, and gone: cosine transforms by way of real ones of half the
length (1.4 times as fast as scipy.fft.dct), a mel spectrum of our own for the voice encoder (as
fast as librosa.feature.melspectrogram), peaks that stand out (1.2 times as fast as
scipy.signal.find_peaks), a bank of mel filters (as fast as librosa.filters.mel) and Kaldi's filter
bank for the CAM++ network (a third as fast as torchaudio.compliance.kaldi.fbank).
"""
