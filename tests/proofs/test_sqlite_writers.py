"""Eight people write at once on the embedded database: nobody is told that it is locked."""

from __future__ import annotations

import sys
import threading
from collections import Counter

import pytest

from tests.product import Product, Visitor

pytestmark = [
    pytest.mark.full,
    pytest.mark.once,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

WRITERS, WRITES = 8, 100


def test_eight_writers_over_http(tmp_path):
    product = Product(tmp_path)
    try:
        product.start()
        visitors = [Visitor(product, f"writer{number}") for number in range(WRITERS)]
        answers: Counter = Counter()
        lock = threading.Lock()

        def write(visitor: Visitor, writer: int) -> None:
            for number in range(WRITES):
                status, body = visitor.post(
                    "/api/v1/complaints/",
                    reference=f"K{writer}-{number}",
                    subject="Slow",
                    received_at="2025-03-01T08:00:00Z",
                )
                with lock:
                    answers[status if status == 201 else (status, body[:200])] += 1

        threads = [
            threading.Thread(target=write, args=[visitor, number])
            for number, visitor in enumerate(visitors)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {201: WRITERS * WRITES}
        said = product.manage(
            "shell", "-c", "from feedback.models import Complaint; print(Complaint.objects.count())"
        )
        assert said.strip().endswith(str(WRITERS * WRITES))
        assert "locked" not in product.log.read_text()
    finally:
        product.kill_everything()
