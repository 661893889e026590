"""The recording: its consent, its sound, how good it is."""
