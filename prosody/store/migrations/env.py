"""What Alembic runs: the steps, in the transaction that `prosody.store.database` holds."""

from alembic import context

from prosody.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
