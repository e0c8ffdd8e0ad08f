"""Tokens of hook callers that were used once, for an installation without a broker."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.Float(53)


def upgrade() -> None:
    op.create_table(
        "replays",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_replays"),
    )
    op.create_index("ix_replays_until", "replays", ["until"])
