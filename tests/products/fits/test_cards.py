"""Our reader of cards says what astropy says, on every header that astropy can write."""

import warnings

import pytest
from astropy.io import fits as pyfits
from hypothesis import given
from hypothesis import strategies as st

from products.fits.broken import BrokenError
from products.fits.cards import BLOCK_BYTES, Cards, end_of_header

KEYWORDS = st.from_regex(r"[A-Z][A-Z0-9_-]{0,7}", fullmatch=True).filter(
    lambda word: word not in {"END", "COMMENT", "HISTORY", "CONTINUE", "HIERARCH", "SIMPLE", "XTENSION"}
)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=90)
VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.complex_numbers(allow_nan=False, allow_infinity=False, max_magnitude=1e30),
    TEXTS,
    st.none(),
)
CARDS = st.lists(st.tuples(KEYWORDS, VALUES, st.text("abc /'=", max_size=20)), max_size=40)


def written(cards, history=()):
    header = pyfits.Header()
    for keyword, value, comment in cards:
        header.append((keyword, value, comment), end=True)
    for line in history:
        header.add_history(line)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return header.tostring().encode("latin-1")


def card(text):
    return Cards(f"{text:80}".encode("latin-1"))


def test_characters_that_move_a_cursor_or_end_a_text_elsewhere_are_blanks():
    assert card("OBJECT  = 'NGC\x001808\x1b[2J\x7f\0\0'").text("OBJECT") == "NGC 1808 [2J"


@given(CARDS, st.lists(TEXTS, max_size=5))
def test_every_header_that_astropy_writes_reads_as_astropy_reads_it(given_cards, history):
    head = written(given_cards, history)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pyfits.Header.fromstring(head.decode("latin-1"))
        known = {keyword: theirs[keyword] for keyword in theirs if keyword not in ("HISTORY", "")}
    ours = Cards(head)

    for keyword, value in known.items():
        expected = None if isinstance(value, pyfits.card.Undefined) else value
        assert ours.get(keyword) == expected
        assert type(ours.get(keyword)) is type(expected)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("OBJECT  = 'J0241-0815'", "J0241-0815"),
        ("OBJECT  = 'Barnard''s star  ' / with a quote", "Barnard's star"),
        ("OBJECT  = ''", ""),
        ("CRVAL3  =   3.133142748586E+11", 3.133142748586e11),
        ("CRVAL3  = 1.5D3 / written by FORTRAN", 1500.0),
        ("NAXIS1  =                  256", 256),
        ("NAXIS1=256", None),
        ("SIMPLE  =                    T /Standard FITS", True),
        ("USEWEIGH=                    F", False),
        ("EQUINOX =", None),
        ("BLANK   =      / no value", None),
    ],
)
def test_a_card_has_the_value_that_the_standard_gives_it(text, value):
    assert card(text).get(text[:8].split("=")[0].strip()) == value


def test_a_long_text_continues_on_the_next_cards():
    windows = ",".join(map(str, range(25, 91, 2)))

    assert Cards(written([("SPW", windows, "")])).get("SPW") == windows


def test_the_first_card_of_a_keyword_counts():
    assert Cards(written([("OBJECT", "first", ""), ("OBJECT", "second", "")])).text("OBJECT") == "first"


@pytest.mark.parametrize(
    "text", ["BMAJ    = 'small'", "BMAJ    = T", "BMAJ    = 1E999", "BMAJ    = NaN", "BMAJ    = (1, 2)"]
)
def test_what_is_no_finite_number_is_none(text):
    assert card(text).number("BMAJ") is None


@pytest.mark.parametrize("text", ["NAXIS1  = -1", "NAXIS1  = 1.5", "NAXIS1  = 'x'", "NAXIS1  = T", "NAXIS2  = 1"])
def test_an_axis_without_a_length_breaks_the_file(text):
    with pytest.raises(BrokenError, match="no number for NAXIS1"):
        card(text).count("NAXIS1")


def test_history_is_kept_line_by_line():
    assert Cards(written([("OBJECT", "x", "")], ["version: 6.2.1-7", "vis = x.ms"])).history() == [
        "version: 6.2.1-7",
        "vis = x.ms",
    ]


@given(st.lists(st.sampled_from(["vers: 6", "vis = x.ms", "vers: 6 vers: 7", "", "x" * 65 + "vers:"]), max_size=9))
def test_the_lines_of_history_with_some_words_are_those_that_have_them(lines):
    cards = Cards(written([("COMMENT", "vers: 6", ""), ("OBJECT", "vers: 6", "")], lines))

    assert list(cards.history_with("vers:")) == [line for line in cards.history() if "vers:" in line]


def test_the_end_is_a_card_of_its_own():
    end = b"END".ljust(80)

    assert end_of_header(b" " * 80 * 3 + end + b" " * 80 * 32)
    assert not end_of_header(b"HISTORY the END     ".ljust(BLOCK_BYTES))
    assert end_of_header(b"HISTORY the END     ".ljust(80) + end)


def test_real_headers_read_as_astropy_reads_them(shared_data):
    for name in ("NGC1052.ContUSB_2021.1.00341.S.fits", "ngc3256_sv_cube.fits"):
        theirs = pyfits.getheader(shared_data / name)
        ours = Cards(theirs.tostring().encode("latin-1"))

        keywords = [keyword for keyword in theirs if keyword not in ("HISTORY", "COMMENT", "")]
        assert len(keywords) > 60
        assert {keyword: ours.get(keyword) for keyword in keywords} == {word: theirs[word] for word in keywords}
        assert ours.history() == [str(line) for line in theirs["HISTORY"]]
