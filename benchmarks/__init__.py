"""What was measured, on what, and the commands that repeat it; not installed with the program."""
