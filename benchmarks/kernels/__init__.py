"""What each loop of ours that stands in librosa's or scipy's place saves over it.

    python -m benchmarks.kernels [--minutes 10] [--only N …] [--to docs/benchmarks/kernels.md]

A loop of ours is kept if it takes at most half the CPU time of the library's function or at most a
third of its memory, and if a test finds that both give the same result; otherwise the library's
function is called. Each measurement is a process of its own, warmed up on half a minute of the same
sound; the lowest of three is shown. Memory is the peak of private memory added while it works. The
voice encoder's mel spectrum is as fast as librosa's once that is loaded, and ours so that an
analysis need not load it: its row is of one call with what it loads, where torch is loaded already.

Not in the table, because neither library has them: reading single harmonics, picking pitch
candidates and the path through them, the path through voices (librosa.sequence.viterbi takes one
matrix of changes for all steps; here a change is cheaper at a pause), and the cepstral peak above
its regression line (`prosody.features.kernels` says what each does;
`tests/prosody/features/test_kernels.py` compares each with plain numpy, and
`tests/diarize/separation/test_overlap.py` the path with all paths). Removed, because they did not
save enough: cosine transforms computed from real transforms of half the length (1.4 times as fast
as scipy.fft.dct), prominent peaks (1.2 times as fast as scipy.signal.find_peaks), a mel filter bank
(as fast as librosa.filters.mel) and Kaldi's filter bank for the CAM++ network (a third of the speed
of torchaudio.compliance.kaldi.fbank).
"""
