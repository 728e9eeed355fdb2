"""The form of a search: one field for each parameter, grouped, and filled with what was asked.

What has few answers is ticked; the rest is written.  A value that cannot be ticked, such as `!FAIL`, turns its field
into a line of text, so that nothing a reader has asked is lost on the way through the form.
"""

from dataclasses import dataclass

from archive.search.parameters import BY_NAME, PARAMETERS
from archive.search.refusals import CriterionError

VIEWS = ("grouped", "flat")
GROUPS = {
    "access": "Whose data",
    "what": "What",
    "where": "Where",
    "frequency": "Frequency",
    "quality": "Quality",
    "time": "Time",
}
LABELS = {"q": "Anything", "uid": "Uid", "pi": "PI", "qa2": "QA2", "similar": "Name that looks like"}
LABELS |= {"rest": "Rest frequency", "match": "What lies in the circle"}
MOST_TICKS = 10


@dataclass(frozen=True)
class Field:
    parameter: object
    values: list[str]

    @property
    def name(self):
        return self.parameter.name

    @property
    def label(self):
        return label(self.name)

    @property
    def value(self):
        return self.parameter.separator.join(self.values)

    @property
    def help(self):
        """The meanings of single choices stand beside them."""
        if self.kind == "one":
            return ""
        listed = f" Any of {', '.join(self.parameter.choices)}." if self.parameter.choices and self._is_text() else ""
        excluded = " ! before one excludes it." if self.parameter.negatable and self._is_text() else ""
        return f"{self.parameter.help}{listed}{excluded}"

    @property
    def kind(self):
        if self._is_text():
            return "text"
        return "many" if self.parameter.many else "one"

    @property
    def choices(self):
        """(value, whether it is chosen, what it means)"""
        meanings = dict(part.split(": ", 1) for part in self.parameter.help.split("; ") if ": " in part)
        chosen = self.values or ([] if self.parameter.many else self.parameter.choices[:1])
        return [(each, each in chosen, meanings.get(each, "")) for each in self.parameter.choices]

    def _is_text(self):
        choices = self.parameter.choices
        return not choices or len(choices) > MOST_TICKS or bool(set(self.values) - set(choices))


def label(name):
    return LABELS.get(name, name.replace("_", " ").capitalize())


def groups(given):
    """(key, title, fields) of each group; `given` has lists of values by name."""
    return [
        (key, title, [Field(each, _values(given, each)) for each in PARAMETERS if each.group == key])
        for key, title in GROUPS.items()
    ]


def _values(given, parameter):
    """What was ticked comes one by one, what was written in one line."""
    said = [value.strip() for value in given.get(parameter.name, []) if value.strip()]
    if parameter.many and parameter.choices:
        return [value.strip() for each in said for value in each.split(parameter.separator) if value.strip()]
    return said


def view(query):
    """How the page shows what is found."""
    said, *more = [value for value in query.getlist("view") if value.strip()] or [VIEWS[0]]
    if more:
        raise CriterionError("view", "it was given more than once.", "Give one value.")
    if said not in VIEWS:
        raise CriterionError("view", f"{said[:40]!r} is not one of them.", f"Choose one of {', '.join(VIEWS)}.")
    return said


def asked(query, own=("view",)):
    """What of an address is for the search: values by name.  A form sends its empty fields along, and of its single
    choices the usual one, which about the circle means nothing where there is none."""
    given = {name: [value for value in values if value.strip()] for name, values in query.lists() if name not in own}
    given = {name: values for name, values in given.items() if values or name not in BY_NAME}
    if given.get("match") == ["center"] and not {"position", "q"} & given.keys():
        del given["match"]
    return given
