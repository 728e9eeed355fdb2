"""Many names at once fold as one by one."""

import subprocess
import sys

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from altiplano.stack import layout
from archive.target_name_columns import folded
from archive.target_names import fold


@given(st.lists(st.text(st.sampled_from("0123456789pm+-. aA_βé."), max_size=20) | st.text(max_size=20), max_size=20))
def test_many_names_at_once_have_the_same_keys(names):
    assert folded(pl.Series(names, dtype=pl.String)).to_list() == [fold(name) for name in names]


def test_processes_that_search_do_not_load_polars():
    """It takes them half a second to start, and is for loads."""
    code = "import django; django.setup(); import altiplano.urls, sys; assert 'polars' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=layout.REPOSITORY, check=True)
