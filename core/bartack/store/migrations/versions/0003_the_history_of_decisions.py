"""What people decided is kept in order; what is in force already is the beginning of it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_COPIED = "source, stream, contract, id, digest, action, body, note, who"


def upgrade() -> None:
    """Make the table, and copy the decisions that are in force: what was before a correction is not known of them."""
    op.create_table(
        "bartack_history",
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("payload_at", sa.String(length=27), nullable=True),
        sa.Column("erased_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("entry"),
        sqlite_autoincrement=True,
    )
    op.create_index("bartack_history_of_reject", "bartack_history", ["number"], unique=False)
    op.create_index("bartack_history_of_row", "bartack_history", ["source", "stream", "id"], unique=False)
    same = " AND ".join(f"r.{name} = d.{name}" for name in ("source", "stream", "contract", "id", "digest"))
    copied = ", ".join(f"d.{name}" for name in _COPIED.split(", "))
    op.execute(
        f"INSERT INTO bartack_history (number, {_COPIED}, at) SELECT r.number, {copied}, d.decided_at"  # noqa: S608
        f" FROM bartack_decisions d LEFT JOIN bartack_rejects r ON {same} ORDER BY d.decision"
    )
