"""`python -m altiplano_client` and the zipapp are the same program."""

import sys

from altiplano_client.cli import main

sys.exit(main())
