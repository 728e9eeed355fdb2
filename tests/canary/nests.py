"""Two projects with an unusual word in every text there is of them, and who may ever read which word.

One is proprietary, the other confidential.  `readers` is written by hand: it is what the archive promises, not what
its code does.
"""

from dataclasses import dataclass
from datetime import timedelta

from archive import sources
from archive.models import (
    AccessRecord,
    AlmaAccount,
    CalibrationDelivery,
    Decision,
    Finding,
    Invitation,
    MemberOUS,
    Notice,
    ProblemReport,
    Project,
)
from products.models import Previewing, Product
from restores.models import ImagingDetails, Phase, PhaseChange, Request
from tests import make, observations
from tests.matrix.world import Place, World, client

HAVE = {"delegee download", "delegee process", "one-MOUS delegee", "reducer"}
FORMER = {"expired delegee", "revoked delegee"}
RIGHTS = {"scientist", "administrator", "superuser"}
STAFF = {"operator", "reducer", "reducer elsewhere", *RIGHTS}
SEE_FINDINGS = STAFF - {"administrator"}
QUEUE = {"operator", "superuser"}
ACCOUNTS = {"administrator", "superuser"}
DESCRIBED = (
    "code", "title", "alma name", "group", "mous", "sb", "eb", "source", "spw", "file", "folder", "old name",
    "pi said", "with", "abstract", "category", "keywords", "paper", "announced", "row", "combined",
)  # fmt: skip
MEASURED = ("qa2", "header", "provenance", "bytes", "preview", "withdrawn")
ASKED = ("asked", "stage", "error", "note")


@dataclass
class Nest:
    """A place of the world with its words; `mark` tells them from those of the other."""

    mark: str
    place: Place
    pi: str
    guest: str

    @property
    def hidden(self):
        return self.place.project.confidential

    def word(self, label):
        return {
            "code": f"2019.1.{self.mark}77{self.mark}7.S",
            "mous": f"Xbeef{self.mark}",
            "group": f"Xcafe{self.mark}",
            "eb": f"Xdead{self.mark}",
            "announced": f"Xfade{self.mark}",
        }.get(label, f"zq{self.mark}{label.replace(' ', '')}qz")

    def readers(self, everybody):
        """By label, who may read its word."""
        have, pi, guest = {self.pi, self.guest, *HAVE}, {self.pi}, {self.guest}
        concerned = {
            **dict.fromkeys(MEASURED, have),
            **dict.fromkeys(ASKED, pi | QUEUE),
            "report": set(),
            "ranges": set(),
            "pi": have | FORMER | STAFF,
            "pi mail": pi,
            "guest": pi | guest | STAFF,
            "guest mail": pi | guest,
            "address": pi | RIGHTS | {"reducer"},
            "why shared": pi | guest | RIGHTS | {"reducer"},
            "why invited": pi | RIGHTS | {"reducer"},
            "why assigned": pi | STAFF,
            "why decided": pi | STAFF,
            "before": pi | STAFF,
            "after": pi | STAFF,
            "letter": pi,
            "finding": SEE_FINDINGS,
            "problem": pi | SEE_FINDINGS,
            "answer": pi | SEE_FINDINGS,
            "snapshot": SEE_FINDINGS,
            "found": SEE_FINDINGS,
            "logged": pi | RIGHTS | {"reducer"},
        }
        if self.hidden:  # not for staff without an assignment either
            concerned = {label: readers & have for label, readers in concerned.items()}
        for label in ("pi", "pi mail", "guest", "guest mail"):  # that there is such an account is no secret to these
            concerned[label] = concerned[label] | ACCOUNTS
        return dict.fromkeys(DESCRIBED, have if self.hidden else set(everybody)) | concerned


def nest(world: World, state: str, mark: str) -> Nest:
    """Put the words everywhere in the place, and let two people of their own into it."""
    made = Nest(mark, world.places[state], f"PI {mark}", f"guest {mark}")
    for who, label in ((made.pi, "pi"), (made.guest, "guest")):
        mail = f"{made.word(f'{label} mail')}@example.org"
        world.people[who] = make.user(made.word(label), email=mail)
    _describe(made, world.people[made.pi])
    _share(made, world)
    _ask(made, world.people[made.pi])
    _decide(made, world)
    _report(made, world.people[made.pi])
    for who in (made.pi, made.guest):
        world.clients[who, None] = client(world.people[who])
    return made


def _describe(made, pi):
    word, mous = made.word, made.place.mous
    project, eb, source = mous.project, mous.ebs.first(), mous.sources.get(name="NGC1052")
    account = AlmaAccount.objects.create(name=word("alma name"), user=pi)
    Project.objects.filter(pk=project.pk).update(code=word("code"), title=word("title"), pi=account)
    type(mous.gous).objects.filter(pk=mous.gous_id).update(uid=f"uid://A001/X1/{word('group')}")
    MemberOUS.objects.filter(pk=mous.pk).update(
        uid=f"uid://A001/X1/{word('mous')}", sb_name=word("sb"), qa2_comment=word("qa2")
    )
    type(eb).objects.filter(pk=eb.pk).update(uid=f"uid://A002/X1/{word('eb')}")
    eb.spws.update(name=word("spw"))
    type(source).objects.filter(pk=source.pk).update(name=word("source"), key=sources.source_key(word("source")))
    _say_as_obscore(made)
    CalibrationDelivery.objects.filter(mous=mous).update(continuum_ranges={word("ranges"): {}})
    Finding.objects.create(mous=mous, code="file-missing", subject="y", sentence=word("finding"))
    made.place.file = make.product(
        mous,
        word("file"),
        content=word("bytes").encode(),
        directory=word("folder"),
        pipeline_name=word("old name"),
        header={"object": word("header")},
        provenance={"task": word("provenance")},
    )
    make.preview(made.place.file, content=word("preview").encode())
    Previewing.objects.create(product=made.place.file, problem=word("preview"))
    Product.objects.filter(pk=made.place.images["NGC1052"].pk).update(
        withdrawn_at=make.NOW, withdrawn_reason=word("withdrawn")
    )
    mous.refresh_from_db()
    mous.gous.refresh_from_db()
    mous.gous.project.refresh_from_db()


def _say_as_obscore(made):
    word, mous = made.word, made.place.mous
    columns = ("abstract", "scientific_category", "science_keywords")
    said = dict(zip(columns, map(word, ("abstract", "category", "keywords")), strict=True))
    papers = {"pub_title": word("paper"), "first_author": word("paper"), "publication_year": 2020}
    Project.objects.filter(pk=mous.project.pk).update(
        pi_name=word("pi said"), co_authors=word("with"), publications=papers, **said
    )
    mous.project.refresh_from_db()
    mous.gous.refresh_from_db()
    observations.observation(mous, word("row"), block=f"uid://A002/X1/{word('announced')}")
    observations.observation(gous=mous.gous, target=word("combined"))


def _share(made, world):
    word, project, pi = made.word, made.place.project, world.people[made.pi]
    project.delegations.update(granted_by=pi)
    project.delegations.exclude(revoked_at=None).update(revoked_by=pi)
    project.assignments.update(reason=word("why assigned"))
    guest = {"granted_at": make.LONG_AGO, "reason": word("why shared")}
    made.place.delegation = make.delegation(project, world.people[made.guest], by=pi, **guest)
    Invitation.objects.filter(project=project).update(
        invited_by=pi, address=f"{word('address')}@example.org", reason=word("why invited")
    )
    made.place.invitation.refresh_from_db()
    AccessRecord.objects.create(
        event="0" * 32, what="download", person_name=word("logged"), project=project, mous=made.place.mous,
        subject="0" * 32, name="notes.txt", rule="PI",
    )  # fmt: skip


def _ask(made, pi):
    word, waiting = made.word, made.place.requests["PI"]
    ImagingDetails.objects.filter(request=waiting).update(asked={"angular_resolution": word("asked")})
    Request.objects.filter(pk=waiting.pk).update(
        owner=pi,
        stage=word("stage"),
        phase=Phase.ERROR,
        ended_at=make.NOW,
        error_code="no-luck",
        error_sentence=word("error"),
        report={"facts": word("report")},
    )
    PhaseChange.objects.create(request=waiting, phase=Phase.ERROR, note=word("note"))
    waiting.refresh_from_db()


def _decide(made, world):
    word, texts = made.word, ("before", "after")
    decision = Decision.objects.create(
        about=Decision.About.RELEASE,
        project=made.place.project,
        mous=made.place.mous,
        by=world.people["scientist"],
        reason=word("why decided"),
        at=make.NOW - timedelta(days=1),
        **{text: word(text) for text in texts},
    )
    told = {"person": world.people[made.pi], "project": made.place.project}
    Notice.objects.create(decision=decision, subject="A decision", body=word("letter"), **told)


def _report(made, pi):
    """One that waits and one that was answered, whose letter is still to be sent."""
    word, facts = made.word, {"mous": made.place.mous, "reporter": pi}
    facts |= {"snapshot": {"state": {"delivery": made.word("snapshot")}}}
    facts |= {"found": [{"code": "missing-raw", "subject": "", "sentence": word("found")}]}
    ProblemReport.objects.create(text=word("problem"), **facts)
    answered = {"answer": word("answer"), "settled_at": make.NOW, "settled_by": pi}
    ProblemReport.objects.create(text=word("problem"), **facts, **answered)
