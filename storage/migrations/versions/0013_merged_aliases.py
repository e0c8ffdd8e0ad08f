"""Which ids of a patient were merged into another one: what we write names the one that stands."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("patient_aliases", sa.Column("merged_at", sa.Float(53)))
