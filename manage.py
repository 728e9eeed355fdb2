#!/usr/bin/env python
"""Django's command line for this project."""

import os
import signal
import sys

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends what has not begun without a traceback of imports

from altiplano.command_line import main

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "altiplano.settings")
    sys.exit(main(sys.argv))
