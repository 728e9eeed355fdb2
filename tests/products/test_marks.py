"""Marks are told to people."""

from products import marks
from products.models import Product


def test_every_mark_has_a_sentence_and_fits_its_column():
    named = {value for name, value in vars(marks).items() if name.isupper() and isinstance(value, str)}

    assert named == set(marks.SENTENCES)
    assert max(map(len, named)) <= Product._meta.get_field("marks").base_field.max_length
