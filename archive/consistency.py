"""What a delivery may not contradict: the index, and the other deliveries that came in the same call.

Every delivery makes claims: this MOUS belongs to that project and group, this group to that project, this execution
block to that MOUS.  Two different answers to one question refuse the whole call, before anything is stored.  A
placeholder group (archive/placeholders.py) answers nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from archive.errors import ArchiveError
from archive.models import ExecutionBlock, GroupOUS, MemberOUS
from archive.placeholders import is_placeholder
from archive.readers.facts import Delivery

INDEX = "the index"
Question = tuple[str, str]  # uid, and what is asked of it: its project, group, science goal or MOUS


class ContradictionError(ArchiveError):
    """The delivery says something else about an object than the index, or than another delivery."""

    status = 409
    code = "contradictory-uids"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "Check which of the two is right; nothing of this delivery was indexed.")


class PlacelessDeliveryError(ArchiveError):
    """A MOUS that is not indexed yet, from somewhere outside the tree that says to what it belongs."""

    status = 409
    code = "contradictory-uids"

    def __init__(self, name: str, mous: str) -> None:
        super().__init__(
            f"{name} does not say to which project and group {mous} belongs.",
            "Deliver it with the tree project/science_goal.*/group.*/member.*, as ALMA packs it.",
        )


def require_consistent(deliveries: Iterable[Delivery]) -> None:
    """Refuse deliveries of one call whose uids contradict the index or each other, or that say too little."""
    answers: dict[Question, tuple[str, str]] = {}
    for delivery in deliveries:
        _require_place(delivery)
        for question, said in _indexed(delivery):
            answers.setdefault(question, (said, INDEX))
        for question, said in _claims(delivery):
            held, who = answers.setdefault(question, (said, first_path(delivery)))
            if held != said:
                raise _contradiction(delivery, question, said=said, held=held, who=who)


def first_path(delivery: Delivery) -> str:
    return delivery.paths[0].name if delivery.paths else "The delivery"


def placed(delivery: Delivery) -> Delivery:
    """The delivery in the project, group and science goal of the index, where that knows them.

    A bare member directory names none of them; what is packed anew for the store has to be the same bytes all the same.
    """
    member = MemberOUS.objects.filter(uid=delivery.mous).first()
    groups = GroupOUS.objects.select_related("project")
    gous = groups.filter(uid=delivery.group).first() if member is None else groups.get(pk=member.gous_id)
    if gous is None or (delivery.group and is_placeholder(gous)):
        return delivery
    goal = gous.science_goal_uid or delivery.science_goal
    return replace(delivery, project=gous.project.code, group=gous.uid, science_goal=goal)


def _require_place(delivery: Delivery) -> None:
    if not (delivery.project and delivery.group) and not MemberOUS.objects.filter(uid=delivery.mous).exists():
        raise PlacelessDeliveryError(first_path(delivery), delivery.mous)


def _claims(delivery: Delivery) -> Iterator[tuple[Question, str]]:
    said = {
        (delivery.mous, "project"): delivery.project,
        (delivery.mous, "group"): delivery.group,
        (delivery.group, "project"): delivery.project,
        (delivery.group, "science goal"): delivery.science_goal,
        **{(block.uid, "MOUS"): delivery.mous for block in delivery.execution_blocks},
    }
    yield from ((question, value) for question, value in said.items() if question[0] and value)


def _indexed(delivery: Delivery) -> Iterator[tuple[Question, str]]:
    """What the index says to the questions that this delivery answers."""
    for mous in MemberOUS.objects.filter(uid=delivery.mous).select_related("gous__project"):
        yield (mous.uid, "project"), mous.project.code
        if not is_placeholder(mous.gous):
            yield (mous.uid, "group"), mous.gous.uid
    for group in GroupOUS.objects.filter(uid=delivery.group).select_related("project"):
        yield (group.uid, "project"), group.project.code
        if group.science_goal_uid:
            yield (group.uid, "science goal"), group.science_goal_uid
    named = [block.uid for block in delivery.execution_blocks]
    for block in ExecutionBlock.objects.filter(uid__in=named).select_related("mous"):
        yield (block.uid, "MOUS"), block.mous.uid


def _contradiction(delivery: Delivery, question: Question, *, said: str, held: str, who: str) -> ContradictionError:
    uid, what = question
    told = f"{first_path(delivery)} puts {uid} into {what} {said}, but"
    if who == INDEX:
        return ContradictionError(f"{told} it is indexed in {held}.")
    return ContradictionError(f"{told} {who}, given with it, puts it into {held}.")
