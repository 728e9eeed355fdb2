"""Plausible, fixed objects for tests.  Every maker returns a saved row; nothing is random.

The defaults are one observation: two execution blocks three weeks apart, in sessions 2 and 3, of one target with a
bandpass and a phase calibrator; two science windows whose ids differ between the blocks.  `restorable_mous()` gives
all of it with a delivery that may be restored; a test of a refusal changes the one thing it is about.
"""

import hashlib
import io
from datetime import UTC, datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group

from archive import sources
from archive.models import (
    NEVER,
    AlmaAccount,
    CalibrationDelivery,
    Delegation,
    ExecutionBlock,
    GroupOUS,
    MemberOUS,
    Project,
    Source,
    SpectralWindow,
    StaffAssignment,
)
from products import store
from products.bundles import contents, making
from products.models import Preview, Product

NOW = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2024, 1, 31, tzinfo=UTC)
CODE = "2023.1.00101.S"
MOUS = "uid://A001/X3621/X541"
FIRST_EB = "uid://A002/X10ac6bc/Xc391"
SECOND_EB = "uid://A002/X10bd42f/X1a07"
CASA = "6.7.0.31"
RAW_BYTES = 20_000_000
# name, TOPO low and high edge; the ids are given by the block
SPWS = (
    ("X1#ALMA_RB_06#BB_1#SW-01#FULL_RES", 230_475_500_000.0, 230_600_500_000.0),
    ("X1#ALMA_RB_06#BB_2#SW-01#FULL_RES", 232_437_500_000.0, 232_562_500_000.0),
)


def user(username="vega", *, password=None, **changes):
    """An account; one with a password, which takes most of a second to hash, can log in: its address is proved."""
    defaults = {"email": f"{username}@example.org"}
    person, made = get_user_model().objects.get_or_create(username=username, defaults=defaults | changes)
    if made and password:
        person.set_password(password)
        person.save(update_fields=["password"])
        EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    return person


def staff(username, *roles, **changes):
    """An account of archive staff with these roles (`archive.staff.Role`)."""
    person = user(username, is_staff=True, **changes)
    person.groups.add(*(Group.objects.get_or_create(name=role)[0] for role in roles))
    return person


def assignment(project, person, *, by, reason="Assigned data reducer"):
    return StaffAssignment.objects.create(project=project, person=person, reason=reason, assigned_by=by)


def account(person):
    return AlmaAccount.objects.get_or_create(user=person, defaults={"name": person.username})[0]


def project(code=CODE, *, pi=None):
    made, _ = Project.objects.get_or_create(code=code, defaults={"title": "Molecular gas in NGC 1052"})
    if pi is not None:
        made.pi = account(pi)
        made.save(update_fields=["pi"])
    return made


def mous(uid=MOUS, *, pi=None, release_at=NEVER, code=CODE, **changes):
    """A delivered MOUS of the 12 m array, proprietary unless `release_at` has passed."""
    group, _ = GroupOUS.objects.get_or_create(
        uid=uid.replace("A001/X", "A001/Xa"), defaults={"project": project(code, pi=pi)}
    )
    defaults = {
        "sb_name": "NGC1052_a_06_TM1",
        "array": "12m",
        "delivery_state": MemberOUS.Delivery.COMPLETE,
        "delivered_at": LONG_AGO,
        "qa2_state": "PASS",
    }
    return MemberOUS.objects.create(uid=uid, gous=group, release_at=release_at, **defaults | changes)


def eb(mous, uid=FIRST_EB, *, session="session_2", started_at=datetime(2023, 10, 5, 5, 10, tzinfo=UTC), **changes):
    defaults = {
        "qa0_state": "PASS",
        "used": True,
        "antennas": 43,
        "longest_baseline_m": 1400.0,
        "ended_at": started_at + timedelta(minutes=70),
        "rows": 39_900,
        "raw_bytes": RAW_BYTES,
    }
    return ExecutionBlock.objects.create(
        uid=uid, mous=mous, session=session, started_at=started_at, **defaults | changes
    )


def spw(eb, number=25, *, virtual=None, name=SPWS[0][0], **changes):
    defaults = {
        "science": True,
        "nchan": 128,
        "low_hz": SPWS[0][1],
        "high_hz": SPWS[0][2],
        "channel_width_hz": 976_562.5,
    }
    return SpectralWindow.objects.create(
        eb=eb, number=number, virtual=number if virtual is None else virtual, name=name, **defaults | changes
    )


def spws(eb, first=25):
    """The two science windows of a block, numbered from `first`; their virtual ids are 25 and 27."""
    return [
        spw(eb, first + 2 * i, virtual=25 + 2 * i, name=name, low_hz=low, high_hz=high)
        for i, (name, low, high) in enumerate(SPWS)
    ]


def source(mous, name="NGC1052", *, intents=("TARGET",), **changes):
    facts = {"key": sources.source_key(name), "intents": list(intents), "ra_deg": 40.26999, "dec_deg": -8.25576}
    return Source.objects.create(mous=mous, name=name, **facts | changes)


def sources_of(mous):
    """A target, and two calibrators."""
    return [
        source(mous),
        source(mous, "J0423-0120", intents=("BANDPASS", "AMPLITUDE"), ra_deg=65.81584, dec_deg=-1.34252),
        source(mous, "J0241-0815", intents=("PHASE",), ra_deg=40.26999, dec_deg=-8.25576),
    ]


def ebs_of(mous):
    """Two blocks, three weeks apart, with windows of different ids."""
    first = eb(mous, _own(mous, FIRST_EB), session="session_2")
    second = eb(mous, _own(mous, SECOND_EB), session="session_3", started_at=datetime(2023, 10, 26, 4, 2, tzinfo=UTC))
    spws(first, 25)
    spws(second, 19)
    return [first, second]


def _own(mous, uid):
    """EB uids are unique, so each MOUS but the usual one has its own."""
    return uid if mous.uid == MOUS else uid.replace("A002/X", f"A002/X{mous.uid.rsplit('X', 1)[1]}")


def applycal_line(eb):
    """One line of calapply.txt as the readers give it, without its `vis`."""
    return {
        "field": "0,1,2",
        "intent": "",
        "spw": "25,27",
        "antenna": "0~42",
        "gaintable": [f"{eb.name}.ms.bandpass.tbl", f"{eb.name}.ms.gain.tbl"],
        "gainfield": ["nearest", ""],
        "spwmap": [[], []],
        "interp": ["linear,linear", "linear"],
        "calwt": [True, True],
    }


def calibration(mous, **changes):
    """A calibration delivery that may be restored, for the blocks `mous` has (made when there are none)."""
    blocks = list(mous.ebs.all()) or ebs_of(mous)
    defaults = {
        "version": mous.calibrations.count() + 1,
        "fingerprint": "0" * 64,
        "kind": CalibrationDelivery.Kind.PIPELINE,
        "casa_version": CASA,
        "pipeline_version": "2024.1.0.8",
        "recipe": "hifa_calimage",
        "calibration_pprs": [f"member.{mous.name}.hifa_calimage.pprequest.xml"],
        "manifests": [f"member.{mous.name}.hifa_calimage.pipeline_manifest.xml"],
        "restore_task": "hifa_restoredata",
        "restore_parameters": {
            "ocorr_mode": "ca",
            "asis": "SBSummary ExecBlock Antenna Station Receiver Source CalAtmosphere CalWVR",
            "bdfflags": True,
            "lazy": False,
        },
        "sessions": {eb.session: [caltables_name(mous, eb.session)] for eb in blocks},
        "blocks": {
            eb.uid: {
                "session": eb.session,
                "flagversions": f"{eb.name}.ms.flagversions.tgz",
                "calapply": f"{eb.name}.ms.calapply.txt",
                "applycal": [applycal_line(eb)],
            }
            for eb in blocks
        },
        "continuum_ranges": {"ngc1052": {"25": [[230.50e9, 230.52e9], [230.56e9, 230.58e9]]}},
        "requested": {"representative_frequency": "230.538GHz", "desired_angular_resolution": "1.0arcsec"},
    }
    return CalibrationDelivery.objects.create(mous=mous, **defaults | changes)


def caltables_name(mous, session):
    return f"member.{mous.name}.{session}.caltables.tgz"


def product(mous, name="notes.txt", role="other", *, content=None, **changes):
    """A delivered file; with `content` its bytes lie in the object store, else only the row says so."""
    if content is not None:
        changes["key"] = store.open_store().put(store.open_store().new_key(name), io.BytesIO(content)).key
    made = unsaved(mous, name, role, body=content, **changes)
    made.save(force_insert=True)
    return made


def unsaved(mous, name, role="other", *, body=None, **changes):
    """The row of such a file, which the index does not have yet."""
    body = body if body is not None else name.encode()
    key = changes.pop("key", None) or f"{mous.name}/{changes.get('directory', '')}/{name}"
    facts = {"size": len(body), "sha256": hashlib.sha256(body).hexdigest(), "origin": Product.Origin.DELIVERED}
    return Product(mous=mous, name=name, role=role, key=key, **facts | changes)


def preview(product, name="numbers.json", *, content=b"{}", **changes):
    """A preview of `product` whose bytes lie in the object store."""
    stored = store.open_store().put(store.open_store().new_key(name), io.BytesIO(content))
    facts = {"kind": "numbers", "media_type": "application/json", "size": stored.size, "sha256": stored.sha256}
    return Preview.objects.create(product=product, name=name, key=stored.key, **facts | changes)


def bundle(*products, by=None):
    """A bundle of these products, whoever may have them."""
    rows = Product.objects.filter(pk__in=[one.pk for one in products]).values_list(*contents.COLUMNS[:-2])
    files = {row[0]: contents.File(*row, True, True) for row in rows}
    return making.kept(making.filled(files, "bundle", by or AnonymousUser(), NOW), [])


def delivered_files(mous, *, stored=False):
    """The files a restore reads, for the calibration in force; `stored` puts real bytes into the object store."""

    def deliver(name, role, directory, **changes):
        content = f"content of {name}\n".encode() if stored else None
        return product(mous, name, role, directory=directory, content=content, **changes)

    delivery = mous.calibration
    files = [deliver(name, "caltables", "calibration") for names in delivery.sessions.values() for name in names]
    for eb in mous.ebs.all():
        block = delivery.blocks[eb.uid]
        files += [
            deliver(f"{mous.project.code}_{eb.name}.asdm.sdm.tar", "raw", "raw", eb=eb),
            deliver(block["flagversions"], "flagversions", "calibration", eb=eb),
            deliver(block["calapply"], "calapply", "calibration", eb=eb),
        ]
    return files


def restorable_mous(uid=MOUS, *, stored=False, **changes):
    """A MOUS with blocks, windows, sources, calibration and files: everything a restore or a cube needs."""
    made = mous(uid, **changes)
    sources_of(made)
    calibration(made)
    delivered_files(made, stored=stored)
    return made


def delegation(project, delegee, *, by, **changes):
    return Delegation.objects.create(project=project, delegee=delegee, granted_by=by, **changes)


def runtimes(settings, directory, *versions):
    """Empty CASA runtimes of these versions, as far as a submission looks at them; and scratch space of its own."""
    settings.CASA_DIR = directory / "casa"
    settings.SCRATCH_DIR = directory / "scratch"
    for version in versions:
        interpreter = settings.CASA_DIR / version / "bin" / "python"
        interpreter.parent.mkdir(parents=True)
        interpreter.touch(mode=0o755)
