"""A cube in force gives its place to the one that replaces it, whatever happens between; nothing else takes it."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connections, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from archive.errors import ArchiveError
from archive.staff import Role
from products import slots, versions, withdraw
from products.models import CubeSlot, Product, ProductChange
from tests import make

pytestmark = pytest.mark.django_db
WHY = "the line was cut off"


def stored(source, request_id, *, layers=("pbcor", "pb")):
    """The rows of what a request has made, as its end saves them."""
    made = {"origin": "imaged", "role": "user_cube", "source": source, "mode": "cube", "request_id": request_id}
    names = {layer: f"NGC1052.cube.{layer}.fits" for layer in layers}
    keys = {layer: f"{request_id}/{name}" for layer, name in names.items()}
    head = make.product(source.mous, names["pbcor"], layer="pbcor", key=keys["pbcor"], **made)
    for layer in layers[1:]:
        make.product(source.mous, names[layer], layer=layer, key=keys[layer], companion_of=head, **made)
    return head


def bound(source, by, **changes):
    request_id = uuid.uuid4()
    slots.reserve(source, request_id=request_id, by=by)
    cube = stored(source, request_id, **changes)
    slots.bind(request_id, cube)
    return cube


def behind(cube, by, reason=WHY):
    """A request that is to replace `cube`."""
    request_id = uuid.uuid4()
    slots.reserve_next(cube.source, replaces=cube.pk, request_id=request_id, by=by, reason=reason)
    return request_id


@pytest.fixture
def holder(db):
    return make.user("holder")


@pytest.fixture
def scientist(db):
    return make.staff("astrid", Role.ARCHIVE_SCIENTIST)


@pytest.fixture
def target(db):
    return make.source(make.mous(pi=make.user("pi")))


@pytest.fixture
def cube(target, holder):
    return bound(target, holder)


def test_the_old_cube_is_in_force_until_the_new_one_is_stored(cube, holder):
    request_id = behind(cube, holder)
    cube.refresh_from_db()
    assert (cube.superseded_at, CubeSlot.objects.get().product) == (None, cube)

    new = stored(cube.source, request_id)
    slots.bind(request_id, new)

    slot = CubeSlot.objects.get()
    assert (slot.product, slot.request_id, slot.holder) == (new, request_id, holder)
    assert (slot.next_request_id, slot.next_holder, slot.next_at, slot.next_reason) == (None, None, None, "")


def test_the_companions_go_with_it_each_to_its_like(target, holder):
    old = bound(target, holder, layers=("pbcor", "pb", "mask"))
    request_id = behind(old, holder)
    new = stored(target, request_id, layers=("pbcor", "pb"))

    slots.bind(request_id, new)

    rows = {(row.layer, row.version): row for row in Product.objects.filter(role="user_cube")}
    assert set(rows) == {("pbcor", 1), ("pb", 1), ("mask", 1), ("pbcor", 2), ("pb", 2)}
    assert rows["pbcor", 1].superseded_by == new
    assert rows["pb", 1].superseded_by == rows["pb", 2]
    assert rows["mask", 1].superseded_by is None
    assert len({rows[layer, 1].superseded_at for layer in ("pbcor", "pb", "mask")}) == 1
    assert {rows[layer, 2].version_reason for layer in ("pbcor", "pb")} == {WHY}
    for layer in ("pbcor", "mask"):
        assert versions.sentence(rows[layer, 1]).endswith("by version 2.")


def test_it_is_written_down_who_replaced_what_and_why(cube, holder, scientist):
    request_id = behind(cube, scientist)
    slots.bind(request_id, stored(cube.source, request_id))

    change = ProductChange.objects.get()
    assert (change.product, change.what, change.by, change.holder, change.reason) == (
        cube, "superseded", scientist, holder, WHY,
    )  # fmt: skip
    assert CubeSlot.objects.get().holder == scientist


def test_others_than_the_holder_and_archive_scientists_are_told_that_there_is_one(cube):
    for person in (make.user("stranger"), make.user("pi"), make.staff("reducer", Role.DATA_REDUCER)):
        with pytest.raises(slots.CubeExistsError) as refused:
            behind(cube, person)
        assert refused.value.facts["replaces"] is None
    assert CubeSlot.objects.get().next_request_id is None


def test_who_may_replace_it_is_told_how(cube, holder, scientist):
    for person in (holder, scientist):
        with pytest.raises(slots.CubeExistsError, match="already archived") as refused:
            slots.reserve(cube.source, request_id=uuid.uuid4(), by=person)
        assert refused.value.facts["replaces"] == str(cube.pk)
        assert f"`replaces`: {cube.pk}" in refused.value.remedy


def test_one_at_a_time_replaces_it(cube, holder, scientist):
    first = behind(cube, holder)

    with pytest.raises(slots.NotReplaceableError, match=f"being replaced already, by request {first}") as refused:
        behind(cube, scientist)

    assert refused.value.status == 409
    assert CubeSlot.objects.get().next_request_id == first


def test_what_is_not_in_force_is_not_replaced(cube, holder, scientist):
    request_id = behind(cube, holder)
    new = stored(cube.source, request_id)
    slots.bind(request_id, new)

    with pytest.raises(slots.NotReplaceableError, match=f"in force: that is {new.pk}"):
        behind(cube, holder)
    withdraw.withdraw(new, by=holder, reason="wrong")
    with pytest.raises(slots.NotReplaceableError, match="its place is free"):
        behind(new, holder)
    slots.reserve(cube.source, request_id=uuid.uuid4(), by=holder)
    with pytest.raises(slots.NotReplaceableError, match="not made yet"):
        behind(new, scientist)


def test_a_request_that_fails_leaves_the_old_cube_as_it_was(cube, holder):
    slots.free(behind(cube, holder))

    slot = CubeSlot.objects.get()
    cube.refresh_from_db()
    assert (slot.product, slot.next_request_id, slot.next_reason) == (cube, None, "")
    assert (cube.superseded_at, cube.version) == (None, 1)
    assert behind(cube, holder)


def test_a_cube_withdrawn_meanwhile_leaves_its_place_to_the_request_behind_it(cube, holder, scientist):
    request_id = behind(cube, scientist)

    withdraw.withdraw(cube, by=holder, reason="wrong line")

    slot = CubeSlot.objects.get()
    assert (slot.request_id, slot.holder, slot.product, slot.next_request_id) == (request_id, scientist, None, None)
    with pytest.raises(slots.CubeExistsError):
        slots.reserve(cube.source, request_id=uuid.uuid4(), by=holder)
    new = stored(cube.source, request_id)
    slots.bind(request_id, new)
    cube.refresh_from_db()
    assert CubeSlot.objects.get().product == new
    assert (new.version, cube.superseded_at) == (1, None)


def test_and_if_that_request_fails_the_place_is_free(cube, holder):
    request_id = behind(cube, holder)
    withdraw.withdraw(cube, by=holder, reason="wrong line")

    slots.free(request_id)

    assert not CubeSlot.objects.exists()


@pytest.mark.parametrize(
    "half",
    [{"next_reason": ""}, {"next_holder": None}, {"next_at": None}, {"next_request_id": None}, {"product": None}],
)
def test_the_database_keeps_no_half_of_who_is_next(cube, holder, half):
    behind(cube, holder)

    with pytest.raises(IntegrityError, match="what_is_replaced_is_there"), transaction.atomic():
        CubeSlot.objects.update(**half)


def at_once(*deeds):
    """What each came to, all begun together, each in a connection of its own."""
    start = threading.Barrier(len(deeds))

    def do(deed):
        try:
            start.wait(60)
            deed()
        except ArchiveError as refused:
            return refused.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


@pytest.mark.django_db(transaction=True)
def test_of_ten_that_would_replace_it_at_once_one_does(cube, holder):
    assert sorted(at_once(*[lambda: behind(cube, holder)] * 10)) == ["done"] + ["not-replaceable"] * 9


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(4))
def test_a_withdrawal_while_the_new_cube_is_stored_comes_before_or_after_it(cube, holder, scientist, round_):
    request_id = behind(cube, holder)

    def finish():
        with transaction.atomic():
            slots.hold(request_id)
            slots.bind(request_id, stored(cube.source, request_id))

    finished, taken = at_once(finish, lambda: withdraw.withdraw(cube, by=scientist, reason="wrong"))

    slot = CubeSlot.objects.get()
    cube.refresh_from_db()
    assert (finished, taken) == ("done", "done")
    assert (slot.product.request_id, slot.next_request_id) == (request_id, None)
    assert slot.product.version == (1 if cube.superseded_at is None else 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(4))
def test_an_abort_while_the_old_cube_is_withdrawn_frees_the_place(cube, holder, round_):
    request_id = behind(cube, holder)

    done = at_once(lambda: slots.free(request_id), lambda: withdraw.withdraw(cube, by=holder, reason="wrong"))

    assert done == ["done", "done"]
    assert not CubeSlot.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(4))
def test_a_cube_that_comes_back_and_a_new_request_do_not_share_the_place(cube, holder, round_):
    withdraw.withdraw(cube, by=holder, reason="wrong")

    done = at_once(
        lambda: withdraw.bring_back(cube, by=holder, reason="right after all"),
        lambda: slots.reserve(cube.source, request_id=uuid.uuid4(), by=make.user("next")),
    )

    assert sorted(done) == ["cube-exists", "done"]
    cube.refresh_from_db()
    assert (CubeSlot.objects.get().product == cube) is (cube.withdrawn_at is None) is (done[0] == "done")


class Place(RuleBasedStateMachine):
    """The place of one source against a model: who works, who stands behind, what is in force, what was taken back."""

    numbers = st.integers(0, 5)

    @initialize()
    def begin(self):
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.holder = make.user("holder")
        self.source = make.source(make.mous())
        self.working = self.next = self.now = None  # requests, and the product in force
        self.gone, self.made = [], {}  # withdrawn, newest last; every cube by its version and successor

    def teardown(self):
        self.undo.__exit__(ValueError, ValueError(), None)

    def tries(self, deed, may):
        try:
            with transaction.atomic():
                result = deed()
        except ArchiveError:
            assert not may
            return None
        assert may
        return result

    @rule()
    def ask(self):
        wanted, free = uuid.uuid4(), self.working is self.now is None
        self.tries(lambda: slots.reserve(self.source, request_id=wanted, by=self.holder), free)
        self.working = wanted if free else self.working

    @rule(number=numbers)
    def replace(self, number):
        every = list(self.made)
        if not every:
            return
        cube = every[number % len(every)]
        may = cube == self.now and self.next is None
        done = self.tries(lambda: behind(cube, self.holder), may)
        self.next = done or self.next

    @rule(stranger=st.booleans())
    def finish(self, stranger):
        request_id = uuid.uuid4() if stranger else self.next or self.working
        if request_id is None:
            return
        with transaction.atomic():
            new = stored(self.source, request_id)
            if not self.tries(lambda: slots.bind(request_id, new) or True, not stranger):
                transaction.set_rollback(True)
                return
        self.made[new] = [self.made[self.now][0] + 1 if self.next else 1, None]
        if self.next:
            self.made[self.now][1] = new
        self.now, self.next, self.working = new, None, None

    @rule()
    def fail(self):
        if request_id := self.next or self.working:
            slots.free(request_id)
            self.working = None if self.next is None else self.working
            self.next = None

    @rule(number=numbers)
    def take_back(self, number):
        every = list(self.made)
        if not every:
            return
        cube = every[number % len(every)]
        may = cube == self.now
        self.tries(lambda: withdraw.withdraw(cube, by=self.holder, reason="wrong") or True, may)
        if may:
            self.gone.append(cube)
            self.now, self.working, self.next = None, self.next, None

    @rule(number=numbers)
    def bring_back(self, number):
        if not self.gone:
            return
        cube = self.gone[number % len(self.gone)]
        may = self.now is self.working is None
        self.tries(lambda: withdraw.bring_back(cube, by=self.holder, reason="right") or True, may)
        if may:
            self.gone.remove(cube)
            self.now = cube

    @invariant()
    def is_as_the_model_says(self):
        slot = CubeSlot.objects.filter(source=self.source).first()
        assert (slot is None) is (self.working is self.now is None)
        if slot:
            assert (slot.product, slot.next_request_id) == (self.now, self.next)
            assert slot.request_id == (self.working or self.now.request_id)
        for cube, (version, after) in self.made.items():
            cube.refresh_from_db()
            assert (cube.version, cube.superseded_by) == (version, after)
            assert (cube.withdrawn_at is not None) is (cube in self.gone)


def test_the_place_keeps_to_the_model_through_all_that_can_happen():
    run_state_machine_as_test(
        Place,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
