"""Steps from one version of a library's tables to the next, run by Alembic."""
