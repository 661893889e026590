"""What the machine does for us: whole files, signals, threads."""
