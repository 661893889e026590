"""The findings of one session as one frozen value, and their text as JSON."""
