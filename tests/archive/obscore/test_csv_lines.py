"""CSV in blocks: where a file is cut must not be seen in what is read of it."""

import pytest

from archive.obscore import csv_lines

USED = {"target_name": "target_name", "obs_title": "obs_title"}


def read(path):
    rows, lines, refused = [], [], {}
    with csv_lines.Blocks(path) as blocks:
        for found in blocks.read(USED):
            rows += found.rows.rows()
            lines += found.lines.tolist()
            refused |= found.refused
    return rows, lines, refused


@pytest.mark.parametrize("broken", ["target_name", "obs_title"])
@pytest.mark.parametrize("size", [40, 60, 97, 10_000])
def test_records_of_several_lines_are_whole_wherever_the_file_is_cut(tmp_path, monkeypatch, broken, size):
    monkeypatch.setattr(csv_lines, "BLOCK_BYTES", size)
    said = {"target_name": "NGC 1052", "obs_title": "Gas"}
    texts = [said | ({broken: f"first {n}\nsecond"} if n % 3 == 0 else {}) for n in range(30)]
    written = "".join(f'"{each["target_name"]}",{n},"{each["obs_title"]}"\n' for n, each in enumerate(texts))
    path = tmp_path / "rows.csv"
    path.write_text(f"target_name,s_ra,obs_title\n{written}")

    rows, lines, refused = read(path)

    assert rows == [tuple(each.values()) for each in texts]
    assert lines == [2 + n + (n + 2) // 3 for n in range(30)]
    assert refused == {}


def test_a_file_that_ends_within_quotes_is_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('target_name,s_ra,obs_title\nNGC 1052,1,Gas\nNGC 1052,2,"Gas\n')

    with pytest.raises(csv_lines.NotCsvError, match="quotes of its last record are not closed"):
        read(path)


def test_a_line_that_is_too_long_is_refused_where_a_column_of_the_file_is_not_used(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("target_name,s_ra,obs_title\nNGC 1052,1,Gas\nNGC 1052,2,Gas,more\nNGC 1052,3,Gas\n")

    rows, lines, refused = read(path)

    assert (len(rows), lines) == (2, [2, 4])
    assert refused == {3: "it does not have as many fields as there are columns"}
