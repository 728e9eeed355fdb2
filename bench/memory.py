"""The memory of the database in measurements of large archives: a quarter of all, as an operator would say."""

import os

VARIABLE = "ALTIPLANO_POSTGRES_MEMORY"


def give() -> None:
    """For the stacks that are started after this; what is set already stays."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4_000_000
    os.environ.setdefault(VARIABLE, f"{megabytes}MB")
    print(f"PostgreSQL has {os.environ[VARIABLE]} of memory; the load of the machine is {os.getloadavg()[0]:.1f}.")
