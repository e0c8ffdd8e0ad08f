"""Assessments are kept as records, and what they have in common as rulebooks."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "rulebooks",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_rulebooks"),
    )
    # Unknown for what was kept before: its proposal is drafted once more.
    op.add_column("assessments", sa.Column("judgement", sa.Text()))
