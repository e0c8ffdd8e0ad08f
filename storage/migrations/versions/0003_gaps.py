"""What could not be read of a patient: refused types, and versions told of but not read."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("patients", sa.Column("unread_types", sa.Text(), nullable=True))
    op.add_column("notifications", sa.Column("patient", KEY, nullable=True))
    where = sa.text("patient IS NOT NULL")
    op.create_index(
        "ix_notifications_patient",
        "notifications",
        ["patient"],
        sqlite_where=where,
        postgresql_where=where,
    )
