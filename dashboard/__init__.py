"""dashboard shows it."""
