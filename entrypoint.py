"""Where the container starts: hands over to the application."""

import sys

from speechops.app import main

sys.exit(main())
