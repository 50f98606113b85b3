"""Runs the migrations on the connection that it is given, in the transaction of the caller."""

from alembic import context

from bartack.store.migrations import VERSION_TABLE
from bartack.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction holds all of it
)
context.run_migrations()
