"""A process that opens a database, prints how many patients it finds, and leaves."""

import sys

import sqlalchemy as sa

from storage.database import Database

if __name__ == "__main__":
    database = Database(sys.argv[1])
    with database.reading() as conn:
        sys.stdout.write(str(conn.execute(sa.text("SELECT count(*) FROM patients")).scalar()))
    database.close()
