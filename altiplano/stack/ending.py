"""End what was started, and on request remove what was made: `python -m altiplano.stack.ending [--remove]`.

Standard library only, so that `make stop` and `make clean` work when the environment is half installed or gone.
"""

import shutil
import sys
from pathlib import Path

from .errors import StackError
from .layout import REPOSITORY, Layout, here
from .processes import end_attempts
from .supervisor import stop_all


def stop(layout: Layout) -> list[str]:
    """Ends everything that was started, by name; last CASA, which outlives its worker on purpose and has no record.

    The next worker finds it gone and begins another attempt.
    """
    stopped = stop_all(layout)
    ended = end_attempts(layout.scratch)
    return [*stopped, f"CASA ({ended} processes)"] if ended else stopped


def remove(layout: Layout) -> None:
    """Ends everything and deletes all that the stack keeps, data and secrets included."""
    stop_all(layout)
    for directory in (layout.runtime, layout.var):
        _require_ours(directory, layout)
        shutil.rmtree(directory, ignore_errors=True)
        if directory.exists():
            raise StackError(f"{directory} could not be removed entirely; delete what is left of it by hand.")


def _require_ours(directory: Path, layout: Layout) -> None:
    """A slip in a variable must not cost somebody's home directory."""
    precious = (REPOSITORY, Path.home(), Path.cwd())
    ours = any((layout.var / name).exists() for name in ("secrets", "run", "owner.json"))
    if any(place.is_relative_to(directory) for place in precious) or (layout.var.exists() and not ours):
        raise StackError(
            f"{directory} does not look like a directory of this service and is left alone; "
            "look at ALTIPLANO_VAR and ALTIPLANO_RUNTIME_DIR, or delete it by hand."
        )


def main() -> int:
    try:
        stopped = stop(here())
        if "--remove" in sys.argv[1:]:
            remove(here())
    except StackError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(f"Stopped {', '.join(stopped)}." if stopped else "Nothing was running.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
