"""The dirty queue is filled by every kind of write."""

from datetime import date

import pytest
from django.db import connection, transaction

from brm.core.models import DirtyKey
from brm.core.writing import write_many
from customers.models import Agreement
from tests.factories import AgreementFactory, ComplaintFactory, CustomerFactory

pytestmark = pytest.mark.django_db


def keys(kind):
    return set(DirtyKey.objects.filter(kind=kind).values_list("key", flat=True))


@pytest.fixture
def complaint():
    complaint = ComplaintFactory()
    DirtyKey.objects.all().delete()
    return complaint


def test_an_insert_is_seen():
    complaint = ComplaintFactory()
    assert complaint.pk in keys("complaint")


def test_an_update_through_the_record_is_seen(complaint):
    complaint.channel = "mail"
    complaint.save()
    assert keys("complaint") == {complaint.pk}


def test_bulk_writing_is_seen(complaint):
    complaint.channel = "mail"
    write_many([complaint])
    assert keys("complaint") == {complaint.pk}


def test_plain_sql_is_seen(complaint):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE feedback_complaint SET channel = 'x'")
    assert keys("complaint") == {complaint.pk}


def test_a_real_delete_is_seen(complaint):
    key = complaint.pk
    type(complaint).everything.filter(pk=key).delete()
    assert keys("complaint") == {key}


def test_a_soft_delete_and_a_restore_are_seen(complaint):
    complaint.soft_delete()
    assert keys("complaint") == {complaint.pk}
    DirtyKey.objects.all().delete()
    complaint.restore()
    assert keys("complaint") == {complaint.pk}


def test_a_field_that_no_figure_uses_is_not_seen(complaint):
    complaint.text = "longer"
    complaint.save()
    assert keys("complaint") == set()


def test_moving_an_agreement_concerns_both_customers():
    agreement = AgreementFactory(status="signed")
    before, after = agreement.customer, CustomerFactory()
    DirtyKey.objects.all().delete()
    agreement.customer = after
    agreement.save()
    assert keys("spells") >= {before.pk, after.pk}


def test_nothing_is_left_of_a_rolled_back_write(complaint):
    with transaction.atomic():
        complaint.channel = "mail"
        complaint.save()
        transaction.set_rollback(True)
    assert keys("complaint") == set()


def test_an_unsigned_agreement_concerns_its_customer_once_it_is_signed():
    agreement = AgreementFactory(status="draft", starts_on=date(2025, 1, 1))
    DirtyKey.objects.all().delete()
    agreement = Agreement.objects.get(pk=agreement.pk)
    agreement.status = "signed"
    agreement.save()
    assert agreement.customer_id in keys("spells")
