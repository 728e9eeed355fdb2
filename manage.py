#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from altiplano.command_line import main

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "altiplano.settings")
    sys.exit(main(sys.argv))
