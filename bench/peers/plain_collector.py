"""Our own console script with Python's own settings of the garbage collector left as they are."""

import sys

from nelm_cds import web
from nelm_cds.main import main

if __name__ == "__main__":
    web.quiet_collector = lambda: None
    sys.exit(main())
