"""Seventh round of recordings: what is right of each was written before they were made.

Conventions
-----------
As of `benchmarks.shared.sound_cases`: telephones, browsers, and copies that were broken off.
"""

from benchmarks.shared.sound_cases import SoundCase, twice, without, zeros

__all__ = ["SEVENTH_SOUNDS"]

_EMPTY = ("cut_short", "missing_inside", "no_end")
_LIVE = "-c:a libopus -live 1"

SEVENTH_SOUNDS: tuple[SoundCase, ...] = (
    SoundCase("call.3ga", "-ar 8000 -c:a aac -f 3gp"),
    SoundCase("voice_note.oga", "-ac 1 -c:a libopus -b:a 16k -application voip -f ogg",
              without(0.7, 1.0), lost_s=-1.0, says=("no_end",)),
    SoundCase("browser.webm", _LIVE),
    SoundCase("browser_pause.webm", _LIVE, twice, 200.0, says=("joined", "clock_restarts")),
    # A copy that was broken off, into a file that had its whole length already.
    SoundCase("empty_end.mp3", "-b:a 64k", zeros(0.7, 1.0), lost_s=30.0, says=_EMPTY),
    SoundCase("empty_end.flac", "", zeros(0.7, 1.0), lost_s=30.0, says=_EMPTY),
    SoundCase("really_a_wav.mp3", "-f wav"),
    SoundCase("recorder_96k.wav", "-ar 96000 -c:a pcm_s24le -write_bext 1 "
              "-metadata description=session"),
    SoundCase("tracks_alike.mkv", "-i base.wav -i base.wav -map 0:a -map 1:a -c:a libvorbis",
              says=("track_taken",)),
    SoundCase("cut_in_front.m4a", "-c:a alac -movflags faststart", without(0.7, 1.0), lost_s=30.0,
              says=("cut_short",)),
)  # fmt: skip
