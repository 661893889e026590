"""How it was said: a cue is a function and a row of its family; `table` holds them all."""
