"""Which proposal a card offered: its CarePlan is followed by that name, not by the patient."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("cards_shown", sa.Column("proposal", sa.Text))
