"""Background work: one owner at a time, nothing lost, a poison job ends."""

import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from brm.core import jobs
from brm.core.models import Job
from tests.factories import UserFactory


@pytest.fixture
def nudged(monkeypatch):
    """The ids of the jobs the workers were told of."""
    ids = []
    monkeypatch.setattr(jobs, "nudge", ids.append)
    return ids


@pytest.fixture
def work(monkeypatch):
    """Registers a handler for the kind "test"; `work.done` are the keys it was called with."""

    class Work:
        done: list = []

        def __call__(self, job, report):
            self.done.append(job.key)
            return {"key": job.key}

    handler = Work()
    handler.done = []
    monkeypatch.setitem(jobs._handlers, "test", handler)
    return handler


def dead_process():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return f"{socket.gethostname()}:{child.pid}"


@pytest.mark.django_db
def test_a_job_is_done_once_and_keeps_its_result(work, nudged):
    job = jobs.enqueue("test", "a", by=UserFactory())
    assert jobs.run(job.pk).state == "done"
    assert jobs.run(job.pk) is None
    job.refresh_from_db()
    assert (work.done, job.result, job.progress) == (["a"], {"key": "a"}, 1.0)


@pytest.mark.django_db(transaction=True)
def test_the_nudge_leaves_after_the_commit_and_not_at_all_without_one(work, nudged):
    with transaction.atomic():
        job = jobs.enqueue("test", "a", by=None)
        assert nudged == []
    assert nudged == [job.pk]
    with transaction.atomic():
        jobs.enqueue("test", "b", by=None)
        transaction.set_rollback(True)
    assert nudged == [job.pk]
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_rolled_back_jobs_none_is_left(work, nudged):
    """Nor does a worker hear of one; those of the same requests that committed are all there."""
    for number in range(200):
        with transaction.atomic():
            jobs.enqueue("test", f"kept {number}", by=None)
        with transaction.atomic():
            jobs.enqueue("test", f"lost {number}", by=None)
            transaction.set_rollback(True)
    kept = list(Job.objects.order_by("pk").values_list("pk", "key"))
    assert [key for _pk, key in kept] == [f"kept {number}" for number in range(200)]
    assert nudged == [pk for pk, _key in kept]


@pytest.mark.django_db
def test_a_job_over_its_time_limit_is_tried_three_times_and_says_so(monkeypatch, nudged):
    """Celery's soft limit; after the hard one the worker is dead, which the sweep sees."""

    def exceed(job, report):
        raise SoftTimeLimitExceeded

    monkeypatch.setitem(jobs._handlers, "test", exceed)
    job = jobs.enqueue("test", "a", by=None)
    states = []
    while jobs.sweep():
        states.append(jobs.run(job.pk).state)
    assert states == ["queued", "queued", "failed"]
    job.refresh_from_db()
    assert (job.attempts, job.error) == (3, "SoftTimeLimitExceeded: SoftTimeLimitExceeded()")


@pytest.mark.django_db
def test_unfinished_work_is_queued_once(work, nudged):
    first = jobs.enqueue("test", "a", by=None)
    assert jobs.enqueue("test", "a", by=None) == first
    jobs.run(first.pk)
    assert jobs.enqueue("test", "a", by=None) != first


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_unfinished_job(nudged):
    Job.objects.create(kind="test", key="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind="test", key="a")


@pytest.mark.django_db
def test_a_job_under_lease_is_left_to_its_worker(work, nudged):
    job = jobs.enqueue("test", "a", by=None)
    assert jobs.claim(job.pk) is not None
    assert jobs.claim(job.pk) is None


@pytest.mark.django_db
def test_a_passed_lease_frees_the_job(work, nudged):
    job = jobs.enqueue("test", "a", by=None)
    Job.objects.update(
        state="running", holder="elsewhere:1", lease_until=timezone.now() - timedelta(seconds=1)
    )
    assert jobs.run(job.pk).state == "done"


@pytest.mark.django_db
def test_a_dead_worker_of_this_host_frees_its_job_at_once(work, nudged):
    job = jobs.enqueue("test", "a", by=None)
    later = timezone.now() + timedelta(hours=1)
    Job.objects.update(state="running", holder=dead_process(), lease_until=later)
    nudged.clear()
    assert jobs.sweep() == 1
    assert nudged == [job.pk]
    assert jobs.run(job.pk).state == "done"


@pytest.mark.django_db
def test_a_living_worker_keeps_its_job(work, nudged):
    jobs.enqueue("test", "a", by=None)
    holder = f"{socket.gethostname()}:{os.getpid()}"
    later = timezone.now() + timedelta(hours=1)
    Job.objects.update(state="running", holder=holder, lease_until=later)
    assert jobs.sweep() == 0


@pytest.mark.django_db
def test_a_failing_job_is_tried_three_times_and_says_why(monkeypatch, nudged):
    calls = []

    def fail(job, report):
        calls.append(job.attempts)
        raise ValueError("no such file")

    monkeypatch.setitem(jobs._handlers, "test", fail)
    job = jobs.enqueue("test", "a", by=None)
    states = [jobs.run(job.pk).state for _ in range(3)]
    assert (states, calls) == (["queued", "queued", "failed"], [1, 2, 3])
    assert jobs.run(job.pk) is None
    job.refresh_from_db()
    assert job.error == "ValueError: no such file"


@pytest.mark.django_db
def test_a_poison_job_that_kills_its_worker_ends_after_three_tries(work, nudged):
    job = jobs.enqueue("test", "a", by=None)
    for _ in range(3):
        assert jobs.claim(job.pk) is not None
        Job.objects.update(holder=dead_process())
    assert jobs.run(job.pk).state == "failed"
    assert work.done == []
    assert jobs.sweep() == 0


@pytest.mark.django_db
def test_progress_is_kept_within_its_bounds(work, nudged):
    job = jobs.enqueue("test", "a", by=None)
    jobs.report(job, 1.7)
    job.refresh_from_db()
    assert job.progress == 1.0


def test_a_dead_broker_is_no_error(monkeypatch, caplog):
    from brm.core import tasks

    def refuse(*args, **kwargs):
        raise OperationalError("refused")

    monkeypatch.setattr(tasks.work, "apply_async", refuse)
    jobs._publish(7)
    assert "the sweep will start job 7" in caplog.text
