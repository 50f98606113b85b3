"""``python -m bartack``."""

import sys

from bartack.frontends.cli import main

if __name__ == "__main__":
    sys.exit(main())
