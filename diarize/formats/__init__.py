"""Transcripts and speaker turns from elsewhere; a format is a function and a row of `table`."""
