"""Findings as words, pages, pictures and files of other programs."""
