"""Who speaks when; a separator is a function and a row of `table`."""
