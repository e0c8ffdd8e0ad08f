"""How often in a row a taker of work never said how it ended."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for table in ("notifications", "jobs"):
        column = sa.Column("unanswered", sa.Integer(), nullable=False, server_default="0")
        op.add_column(table, column)
