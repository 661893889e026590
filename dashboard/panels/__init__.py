"""The panels of the session page."""
