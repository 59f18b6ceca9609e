"""``python -m speechops``."""

import sys

from speechops.app import main

sys.exit(main())
