"""prosody says how it was said and what listening it shows."""
