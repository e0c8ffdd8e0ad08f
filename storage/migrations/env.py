"""How Alembic runs our steps: on the connection and in the transaction `storage.migrate` gives."""

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite too undoes a step that fails, in the transaction it is given.
    transactional_ddl=True,
)
context.run_migrations()
