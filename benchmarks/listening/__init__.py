"""Listening behaviours against transcripts people coded (AnnoMI, development part).

Run:  python -m benchmarks.listening [--csv FILE] [--json FILE] [--errors 3]

AnnoMI (Wu et al. 2022, 2023) states no licence, so it is read where it lies and nothing made
from it is kept: the rules were written by hand, read against part of these transcripts. The
label of a turn is the one most of its annotators gave. Intervals are 95 % bootstraps over
whole transcripts. `unread` are transcripts whose errors nobody looked at while writing rules,
though their totals were seen. The learned baseline (words, their pairs and the signs the rules
read, logistic regression) is fitted here and thrown away: it shows what learning would reach.
The behaviours known by phrase alone are tried on sentences of our own
(sentences.toml), which are no clinical gold.

Our kinds in AnnoMI's words: question_open and question_closed are ``question``; reflection and
summary are ``reflection``; information and advice are ``therapist_input``; every other kind, or
none, is ``other``. The main label is that of a turn's first behaviour.
"""
