"""Changes are numbered, and records indexed; what is there already is the first change of all."""

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables, and number the records that are there."""
    op.create_table(
        "bartack_changes",
        sa.Column("change", _NUMBER, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("change"),
        sa.UniqueConstraint("source", "stream", "contract", "id", name="bartack_changes_once"),
        sqlite_autoincrement=True,
    )
    replica = op.create_table(
        "bartack_replica",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("indexed", _NUMBER, nullable=False),
        sa.Column("forgotten", _NUMBER, nullable=False),
        sa.Column("made_by", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("only"),
    )
    op.create_table(
        "bartack_documents",
        sa.Column("document", _NUMBER, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("id", _KEY, nullable=False),
        sa.PrimaryKeyConstraint("document"),
        sa.UniqueConstraint("contract", "source", "stream", "id", name="bartack_documents_once"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "bartack_facets",
        sa.Column("document", _NUMBER, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("document", "path", "key"),
        sqlite_with_rowid=False,
    )
    op.create_index("bartack_facets_by_value", "bartack_facets", ["contract", "path", "key", "document"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE bartack_words (document BIGINT PRIMARY KEY, open tsvector NOT NULL, words tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX bartack_words_open ON bartack_words USING gin (open)")
        op.execute("CREATE INDEX bartack_words_all ON bartack_words USING gin (words)")
    else:
        op.execute(
            """CREATE VIRTUAL TABLE bartack_words USING fts5(open, personal, tokenize = "ascii tokenchars '_'")"""
        )
    op.bulk_insert(replica, [{"only": 1, "indexed": 0, "forgotten": 0, "made_by": "", "key": secrets.token_hex(32)}])
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    op.execute(
        sa.text(
            "INSERT INTO bartack_changes (source, stream, contract, id, gone, changed_at)"
            " SELECT source, stream, contract, id, deleted_at IS NOT NULL, COALESCE(deleted_at, :now)"
            " FROM bartack_records ORDER BY source, stream, contract, id"
        ).bindparams(now=now)
    )
