"""How CASA starts inside one job: no network, no display, data from the installed `casadata`, the job's own log.

CASA reads this file itself, through the variable CASASITECONFIG; nothing imports it.  The two `auto_update` switches
are the only ones that would reach for the network.  CASA_DATA may name one data tree for several CASA versions.
"""

import importlib.util
import os


def _data_tree():
    return os.path.join(os.path.dirname(importlib.util.find_spec("casadata").origin), "__data__")


measurespath = os.environ.get("CASA_DATA") or _data_tree()
datapath = [measurespath]
measures_auto_update = False
data_auto_update = False
logfile = os.environ.get("CASA_LOGFILE", "casa.log")
log2term = False
nologger = True
nogui = True
agg = True
casaconfig_verbose = 0
