"""Which tests stay together on one worker of pytest-xdist: those that share what takes CASA a minute to make.

All others go to whoever is free, in the order in which they were collected.  The mark `xdist_group` would say the
same, but xdist 3.8 does not see it with pytest 9.2.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = (
    "tests/test_main_job.py::",
    "tests/restores/casa/test_image.py::",
    "tests/restores/casa/simulate/test_simulated_asdm.py::",
)


class Scheduling(LoadScopeScheduling):
    def _split_scope(self, nodeid):
        return nodeid.partition("::")[0] if nodeid.startswith(TOGETHER) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Scheduling(config, log)
