"""What an institution says its codes mean, per connection, and the codes nobody has mapped."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mapping_layers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("imported_at", sa.Float(53), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mapping_layers"),
        sa.UniqueConstraint("connection", "version", name="uq_mapping_layers_connection_version"),
    )
    where = sa.text("active IS TRUE")
    op.create_index(
        "uq_mapping_layers_active",
        "mapping_layers",
        ["connection"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_table(
        "mapping_sets_in_force",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("since", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("connection", name="pk_mapping_sets_in_force"),
    )
    _create_unmapped()


def _create_unmapped() -> None:
    key = ("connection", "type", "system", "code", "reason")
    op.create_table(
        "unmapped_codes",
        *(sa.Column(name, sa.Text(), nullable=False) for name in key),
        sa.Column("display", sa.Text(), nullable=True),
        sa.Column("shape", sa.Text(), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.Float(53), nullable=False),
        sa.Column("last_seen_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_unmapped_codes"),
    )
