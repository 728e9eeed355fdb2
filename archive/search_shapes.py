"""What the API says about search, for its description; rows themselves are sent as they come from the index."""

from rest_framework import serializers

from archive.exports.columns import ALMA, DOUBLE, FLOAT, INT, LONG
from archive.search import rows

FIELDS = dict.fromkeys((DOUBLE, FLOAT), serializers.FloatField) | dict.fromkeys((INT, LONG), serializers.IntegerField)


def _field(column):
    kind = FIELDS.get(column.datatype, serializers.CharField)
    return kind(allow_null=True, help_text=f"ALMA's column, {column.unit}" if column.unit else "ALMA's column")


class OwnShape(serializers.Serializer):
    """What this archive says of a row besides."""

    id = serializers.IntegerField(help_text="of the row, as long as the index is not loaded anew")
    qa2 = serializers.CharField(help_text="PASS, SEMIPASS, FAIL or empty")
    array = serializers.CharField(help_text="12m, 7m, TP or empty")
    calibration = serializers.CharField(help_text="pipeline, manual or empty")
    spw = serializers.IntegerField(allow_null=True, help_text="virtual id of the spectral window")
    low_hz = serializers.FloatField(allow_null=True)
    high_hz = serializers.FloatField(allow_null=True)
    mous = serializers.CharField(allow_null=True, help_text="the MOUS as in addresses; null: of the group itself")
    released = serializers.BooleanField(help_text="whether the data are public now")
    readable = serializers.BooleanField(help_text="whether the caller may have the data now")


SHOWN = {*rows.BRIEF, *rows.RECKONED}
RowShape = type("RowShape", (OwnShape,), {column.name: _field(column) for column in ALMA if column.name in SHOWN})


class PageShape(serializers.Serializer):
    rows = RowShape(many=True)
    next = serializers.URLField(allow_null=True, help_text="address of the next page; null on the last")


class CountShape(serializers.Serializer):
    rows = serializers.IntegerField()
    more = serializers.BooleanField(help_text="whether counting stopped there, for there are more")


class FacetShape(serializers.Serializer):
    value = serializers.CharField(help_text="as the parameter takes it")
    rows = serializers.IntegerField()


class FacetsShape(serializers.Serializer):
    facets = serializers.DictField(child=FacetShape(many=True), help_text="by the name of the parameter")


class ListAskedShape(serializers.Serializer):
    lines = serializers.ListField(child=serializers.CharField(), help_text="names or positions, at most 10 000")
    radius = serializers.CharField(required=False, help_text="around positions, with its unit; without it 10arcsec")


class AnswerShape(serializers.Serializer):
    line = serializers.IntegerField(help_text="counted from 1")
    text = serializers.CharField()
    kind = serializers.CharField(help_text="what it was read as")
    matches = serializers.IntegerField()
    rows = RowShape(many=True)
    problem = serializers.CharField(allow_null=True, help_text="what is wrong with the line; null: nothing")


class AnswersShape(serializers.Serializer):
    answers = AnswerShape(many=True)
