"""What a small trained network makes of a turn, by its words and the words before it."""
