"""What was said; a transcriber is a function and a row of `table`."""
