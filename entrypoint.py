"""Where the container starts: hands over to the application. The recogniser's processes import this too."""

import sys

from speechops.app import main

if __name__ == "__main__":
    sys.exit(main())
