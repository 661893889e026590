"""What benchmarks share: corpora and how they are read, metrics, made voices and conversations."""
