"""Sixth round of recordings: what is right of each was written before they were made.

Conventions
-----------
As of `benchmarks.shared.sound_cases`. What `more` makes stands behind the file, byte by byte.
"""

from benchmarks.shared.sound_cases import LENGTH_S, SoundCase, twice, without, zeros

__all__ = ["SIXTH_SOUNDS"]

_TWO = 2 * LENGTH_S
_INSIDE = ("missing_inside",)
_CUT = ("cut_short",)
_PICTURE = "-f lavfi -i color=c=black:s=64x64:r=5:d=103"


def _end_is_empty(data: bytes) -> bytes:
    """Leave zeros where a copy was broken off into a file that had its whole length already."""
    return zeros(0.7, 1.0)(data)


def _tagged_twice(data: bytes) -> bytes:
    """Join a file with a tag in front and one behind to itself."""
    return twice(data + b"TAG" + b"Session 12".ljust(125, b"\0"))


def _cut(data: bytes) -> bytes:
    return without(0.7, 1.0)(data)


SIXTH_SOUNDS: tuple[SoundCase, ...] = (
    # Joined byte by byte, the second of another kind.
    SoundCase("mono_then_stereo.mp3", "-b:a 64k", None, _TWO, says=("joined",),
              more="-ac 2 -b:a 128k"),
    SoundCase("two_rates.ogg", "", None, _TWO, says=("joined",), more="-ar 44100"),
    SoundCase("vorbis_then_opus.ogg", "-c:a libvorbis", None, _TWO, says=("joined",),
              more="-c:a libopus"),
    SoundCase("two_rates.flac", "", None, _TWO, says=("joined",), more="-ar 44100"),
    SoundCase("tags_between.mp3", "-q:a 6 -id3v2_version 3 -metadata title=x", _tagged_twice, _TWO,
              says=("joined",)),
    # Cut short.
    # Its index stands at the end: 70 % of the bytes are 73.6 s of sound.
    SoundCase("cut_short.avi", "-c:a libmp3lame -b:a 64k", _cut, lost_s=26.4, says=_CUT),
    SoundCase("cut_short.mov", "-c:a pcm_s16le -movflags faststart", _cut, lost_s=30.0, says=_CUT),
    SoundCase("cut_short.tta", "", _cut, lost_s=30.0, says=_CUT),
    SoundCase("cut_short.wv", "", _cut, lost_s=30.0, says=_CUT),
    SoundCase("cut_short.au", "", _cut, lost_s=30.0, says=_CUT),
    SoundCase("end_is_empty.m4a", "-movflags faststart", _end_is_empty, lost_s=30.0,
              says=(*_CUT, *_INSIDE)),
    # Missing inside.
    SoundCase("packets_missing.mp4", "-af aselect='not(between(t,40,50))' -c:a aac "
              "-fps_mode passthrough", lost_s=10.0, says=_INSIDE),
    SoundCase("overwritten.ts", "-c:a aac", zeros(0.3, 0.4), lost_s=10.0, says=_INSIDE),
    SoundCase("taken_out.mka", "-c:a libopus", without(0.3, 0.4), lost_s=10.0, says=_INSIDE),
    SoundCase("overwritten.wma", "", zeros(0.3, 0.4), lost_s=10.0, says=_INSIDE),
    SoundCase("fragments_lost.mp4", "-c:a aac -movflags frag_keyframe+empty_moov "
              "-frag_duration 1000000", without(0.3, 0.4), lost_s=10.0, says=_INSIDE),
    # The container's clock, and tracks.
    SoundCase("late.mov", f"{_PICTURE} -itsoffset 3 -i base.wav -map 0:v -map 1:a -c:v mpeg4 "
              "-c:a pcm_s16le", seconds=103.0, late_s=3.0, says=("starts_late",)),
    SoundCase("picture_later.mp4", f"-itsoffset 3 -t 97 {_PICTURE} -i base.wav -map 0:v -map 1:a "
              "-c:v mpeg4 -c:a aac"),  # the picture ends with the sound
    SoundCase("three_tracks.mkv", "-f lavfi -i anullsrc=r=16000:cl=mono:d=100 -i base.wav "
              "-map 0:a -map 1:a -map 1:a -c:a libopus", says=("track_taken",)),
    SoundCase("surround.wav", "-ac 6 -c:a pcm_s24le"),
)  # fmt: skip
