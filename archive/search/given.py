"""The texts that were given, parameter by parameter, before anybody asks what they mean."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from archive.search.parameters import BY_NAME, Parameter
from archive.search.refusals import CriterionError

MOST_VALUES = 200  # of one parameter
LONGEST = 400  # characters of one value


@dataclass(frozen=True)
class Term:
    text: str
    excluded: bool = False


@dataclass(frozen=True)
class Choice:
    """Some of the words of a parameter; none included means any."""

    included: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """Sets have no order of their own, and cursors are bound to this text."""
        return f"{sorted(self.included)} !{sorted(self.excluded)}"


ANY = Choice()


def values(asked: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Of each parameter what was written, without what is empty, lists taken apart, words in their own spelling."""
    found = {}
    for name, texts in asked.items():
        parameter = _known(name)
        parts = tuple(part for text in texts for part in _parts(parameter, text))
        _require_few(parameter, parts)
        if parts:
            found[name] = tuple(_spelt(parameter, part) for part in parts)
    return found


def term(name: str, text: str) -> Term:
    excluded = text.startswith("!")
    wanted = text[1:].strip() if excluded else text
    if not wanted:
        raise CriterionError(name, "there is nothing after the !.", "Write what is to be left out.")
    return Term(wanted, excluded)


def choice(terms: Iterable[Term]) -> Choice:
    terms = tuple(terms)
    return Choice(
        frozenset(each.text for each in terms if not each.excluded),
        frozenset(each.text for each in terms if each.excluded),
    )


def _known(name: str) -> Parameter:
    if name in BY_NAME:
        return BY_NAME[name]
    near = difflib.get_close_matches(name.casefold(), BY_NAME, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Those there are: {', '.join(BY_NAME)}."
    raise CriterionError(name[:50], "there is no such parameter.", hint)


def _parts(parameter: Parameter, text: str) -> list[str]:
    if "\0" in text or len(text) > LONGEST * (MOST_VALUES if parameter.many else 1):
        raise CriterionError(parameter.name, "the value is too long, or no text.", _like(parameter))
    pieces = text.split(parameter.separator) if parameter.many else [text]
    parts = [piece.strip() for piece in pieces if piece.strip()]
    if text.strip() and not parts:
        raise CriterionError(parameter.name, f"there is no value in {text[:50]!r}.", _like(parameter))
    return parts


def _require_few(parameter: Parameter, parts: Sequence[str]) -> None:
    if len(parts) > 1 and not parameter.many:
        raise CriterionError(parameter.name, "it was given more than once.", "Give one value.")
    if len(parts) > MOST_VALUES:
        raise CriterionError(
            parameter.name, f"{len(parts)} values are more than {MOST_VALUES}.", "Send longer lists to the list search."
        )


def _spelt(parameter: Parameter, text: str) -> str:
    """A word of a choice in our spelling, after its ! if it has one."""
    mark = "!" if text.startswith("!") else ""
    if mark and not parameter.negatable:
        raise CriterionError(parameter.name, "it cannot be turned round with !.", _like(parameter))
    if not parameter.choices:
        return text
    words = {word.casefold(): word for word in parameter.choices}
    word = words.get(text.removeprefix("!").strip().casefold())
    if word is None:
        raise CriterionError(
            parameter.name, f"{text!r} is not one of its values.", f"Those there are: {', '.join(parameter.choices)}."
        )
    return mark + word


def _like(parameter: Parameter) -> str:
    return f"Write something as {parameter.example}." if parameter.example else "Leave it out."
