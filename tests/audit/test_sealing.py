"""The chain of seals: intact as written, and every kind of tampering is found and named."""

import random
import threading
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from brm.audit import sealing, verifying
from brm.audit.models import AuditEntry, AuditSeal
from brm.audit.tasks import seal_entries
from brm.audit.verifying import Fault, verify
from brm.core.writing import write_many
from customers.models import Customer
from tests.factories import ComplaintFactory, CustomerFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
COLUMNS = ", ".join(f.column for f in AuditEntry._meta.concrete_fields if not f.primary_key)


@pytest.fixture
def small_seals(monkeypatch):
    """Seals of 7 entries, so that a few entries make a chain."""
    monkeypatch.setattr(sealing, "ENTRIES_A_SEAL", 7)


@pytest.fixture
def trail(small_seals):
    """A sealed chain of some 40 entries and its ids."""
    user = UserFactory(roles=("lead",))
    write_many([Customer(name=f"Customer {n}") for n in range(20)])
    for customer in Customer.objects.all()[:10]:
        customer.segment = "Energy"
        customer.save()
    complaint = ComplaintFactory()
    complaint.move_to("withdrawn", by=user, now=NOW, reason="x")
    AuditEntry.objects.filter(pk=hole()).delete()  # as a write that was rolled back leaves it
    sealing.seal(now=NOW)
    assert verify().fault is None
    return list(AuditEntry.objects.order_by("id").values_list("id", flat=True))


def hole():
    """An id in the middle of the trail that no entry has."""
    first = AuditEntry.objects.earliest("id").pk
    return first + 17


def sql(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def test_an_untouched_trail_is_intact(trail):
    result = verify()
    assert (result.fault, result.entries, result.tail) == (None, len(trail), 0)
    assert result.seals == -(-len(trail) // 7)
    CustomerFactory()
    result = verify()
    assert (result.fault, result.tail) == (None, 1)
    assert result.tail_from > trail[-1]


def test_sealing_again_seals_what_is_new_only(trail):
    assert sealing.seal(now=NOW) == 0
    CustomerFactory()
    seal_entries()
    assert verify().entries == len(trail) + 1


def change(draw, ids):
    """Change one column of one entry."""
    key = draw.choice(ids)
    column, value = draw.choice(
        [
            ("reference", "OTHER"),
            ("actor_name", "somebody"),
            ("actor_id", 987654),
            ("changes", '{"name": "forged"}'),
            ("reason", "another reason"),
            ("event", "restored"),
            ("door", "worker"),
            ("request_id", "f" * 32),
            ("object_id", 123456),
            ("import_id", 5),
            ("token_id", 5),
            ("at", "2001-01-01 00:00:00+00:00"),
        ]
    )
    sql(f"UPDATE audit_auditentry SET {column} = %s WHERE id = %s", value, key)
    return Fault(verifying.CHANGED, key)


def remove(draw, ids):
    key = draw.choice(ids)
    sql("DELETE FROM audit_auditentry WHERE id = %s", key)
    return Fault(verifying.MISSING, key)


def swap(draw, ids):
    """Exchange two entries that differ."""
    first, second = sorted(draw.sample(ids, 2))
    held = {e.pk: e for e in AuditEntry.objects.filter(pk__in=(first, second))}
    values = [[getattr(held[k], f.attname) for f in fields()] for k in (first, second)]
    if values[0] == values[1]:
        return None
    for key, content in ((first, held[second]), (second, held[first])):
        content.pk = key
        AuditEntry.objects.filter(pk=key).delete()
        content.save(force_insert=True)
    return Fault(verifying.SWAPPED, first, second)


def fields():
    return [f for f in AuditEntry._meta.concrete_fields if not f.primary_key]


def insert(draw, ids):
    """Insert a copy of an entry where a row is no longer, or never was."""
    free = draw.choice([ids[0] - draw.randint(1, 3), ids[0] + 17])
    sql(
        f"INSERT INTO audit_auditentry (id, {COLUMNS}) SELECT %s, {COLUMNS}"
        " FROM audit_auditentry WHERE id = %s",
        free,
        draw.choice(ids),
    )
    return Fault(verifying.INSERTED, free)


def truncate(draw, ids):
    """Cut off the last entries."""
    first = draw.choice(ids[-12:])
    sql("DELETE FROM audit_auditentry WHERE id >= %s", first)
    return Fault(verifying.MISSING, first)


def truncate_with_seals(draw, ids):
    """Cut off the last seals together with their entries."""
    seals = list(AuditSeal.objects.order_by("last_id"))
    last_kept = seals[draw.randrange(len(seals) - 1)]
    sql("DELETE FROM audit_auditentry WHERE id > %s", last_kept.last_id)
    sql("DELETE FROM audit_auditseal WHERE id > %s", last_kept.pk)
    return Fault(verifying.SEAL_MISSING, seals[-1].pk)


def change_seal(draw, ids):
    """Remove an entry and make its seal agree, without the hashes behind it."""
    seals = list(AuditSeal.objects.order_by("last_id"))
    place = draw.randrange(len(seals) - 1)
    seal = seals[place]
    sql("UPDATE audit_auditseal SET count = count - 1 WHERE id = %s", seal.pk)
    return Fault(verifying.SEAL_CHANGED, seal.pk)


def remove_seal(draw, ids):
    seals = list(AuditSeal.objects.order_by("last_id"))
    place = draw.randrange(len(seals) - 1)
    sql("DELETE FROM audit_auditseal WHERE id = %s", seals[place].pk)
    return Fault(verifying.SEAL_MISSING, seals[place + 1].pk)


TAMPERING = (
    change,
    remove,
    swap,
    insert,
    truncate,
    truncate_with_seals,
    change_seal,
    remove_seal,
)


def found_by(tamper, draw, ids):
    """What a verification says after tampering, and what it should say; then all is as before."""
    with transaction.atomic():
        expected = tamper(draw, ids)
        found = verify().fault
        transaction.set_rollback(True)
    return expected, found


@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda each: each.__name__)
def test_tampering_is_found_and_named(trail, tamper):
    draw = random.Random(tamper.__name__)
    done = 0
    while done < 12:
        expected, found = found_by(tamper, draw, trail)
        if expected is not None:
            assert found == expected
            done += 1
    assert verify().fault is None


@pytest.mark.full
def test_tampering_is_found_a_hundred_times_of_a_hundred(trail):
    draw = random.Random(2026)
    outcomes = [found_by(draw.choice(TAMPERING), draw, trail) for _ in range(400)]
    tried = [pair for pair in outcomes if pair[0] is not None]
    assert len(tried) > 350
    assert [pair for pair in tried if pair[0] != pair[1]] == []


def test_a_rewritten_chain_is_found_by_a_head_that_was_noted(trail):
    head = verify().head
    AuditEntry.objects.filter(pk=trail[3]).update(reference="forged")
    AuditSeal.objects.all().delete()
    sealing.seal(now=NOW)
    assert verify().fault is None
    assert verify(head).fault == Fault(verifying.UNKNOWN_HEAD)


def test_the_command_says_what_it_found(trail):
    out = StringIO()
    CustomerFactory()
    call_command("verify_audit", stdout=out)
    assert f"{len(trail)} entries under" in out.getvalue()
    assert "1 entries from" in out.getvalue()
    AuditEntry.objects.filter(pk=trail[4]).update(reference="forged")
    with pytest.raises(CommandError, match=rf"Entry {trail[4]} .*was changed") as failure:
        call_command("verify_audit")
    assert failure.value.returncode == 1


def test_an_empty_trail_is_intact():
    sealing.begin_anew()
    assert verify().fault is None
    assert sealing.seal(now=NOW) == 0


def test_beginning_anew_leaves_no_gap(trail):
    sealing.begin_anew()
    assert verify().fault is None
    CustomerFactory()
    assert sealing.seal(now=NOW) == 1
    assert verify().fault is None


@pytest.mark.django_db(transaction=True)
def test_a_write_that_ends_late_is_sealed_in_its_place():
    """An open transaction holds small ids: nothing behind them is sealed before it ends."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    sealing.begin_anew()
    begun, may_end = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            CustomerFactory(reference="slow")
            begun.set()
            may_end.wait(20)
        connection.close()

    # References of their own: generating one would wait for the other writer.
    CustomerFactory(reference="before")
    writer = threading.Thread(target=slow)
    writer.start()
    assert begun.wait(20)
    CustomerFactory(reference="quick")
    assert sealing.seal(now=NOW) == 1
    may_end.set()
    writer.join()
    assert sealing.seal(now=NOW) == 2
    assert verify().fault is None
    assert AuditSeal.objects.order_by("last_id").last().ranges == [[2, 3]]
