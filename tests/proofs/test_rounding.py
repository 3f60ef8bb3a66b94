"""Money: converted half up to cents, frozen, and the parts add up to the whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from brm.core.models import ExchangeRate
from brm.core.money import convert, known_rates
from brm.core.writing import write_many
from finance.models import BudgetLine, CostEntry
from kpis import engine
from kpis.definitions import find
from kpis.figures import series
from tests import factories

DAY = date(2025, 3, 10)
CENT = Fraction(1, 100)

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
rates = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(20_000), places=8)
many = settings(max_examples=40, deadline=None, derandomize=True)


def half_up(number: Fraction) -> Fraction:
    """To cents; the half goes away from zero, as a credit is the mirror of a debit."""
    cents = abs(number) / CENT
    whole = Fraction(int(cents + Fraction(1, 2))) * CENT
    return whole if number >= 0 else -whole


class Conversion(TestCase):
    @many
    @given(st.lists(amounts, min_size=250, max_size=250), rates, rates)
    def test_equals_exact_fractions(self, found, dollar, yen):
        """40 × 250 = 10,000 amounts, through the base currency and back."""
        ExchangeRate.objects.create(currency="USD", base="EUR", on=DAY, rate=dollar)
        ExchangeRate.objects.create(currency="JPY", base="EUR", on=DAY, rate=yen)
        dollar, yen = Fraction(dollar), Fraction(yen)
        with known_rates():
            for amount in found:
                exact = Fraction(amount)
                assert Fraction(convert(amount, "USD", "EUR", DAY)) == half_up(exact * dollar)
                crossed = Fraction(convert(amount, "USD", "JPY", DAY))
                assert crossed == half_up(exact * dollar / yen)


class Parts(TestCase):
    @settings(max_examples=6, deadline=None, derandomize=True)
    @given(
        st.lists(
            st.tuples(
                st.decimals(min_value=0, max_value=10**6, places=2),
                st.sampled_from(["EUR", "USD"]),
                st.integers(1, 12),
            ),
            min_size=20,
            max_size=80,
        ),
        st.decimals(min_value=Decimal("0.5"), max_value=Decimal(2), places=8),
    )
    def test_months_and_members_add_up_to_the_overrun_of_the_lines(self, postings, rate):
        factories.ExchangeRateFactory(on=date(2024, 1, 1), rate=rate)
        lines = [
            factories.BudgetLineFactory(amount=Decimal(0), currency=currency, status="approved")
            for currency in ("EUR", "USD")
        ]
        write_many(
            [
                CostEntry(
                    budget_line=lines[number % 2],
                    posted_on=date(2025, month, 15),
                    amount=amount,
                    currency=currency,
                )
                for number, (amount, currency, month) in enumerate(postings)
            ]
        )
        engine.run(trigger="test", kpis=["budget_overrun_amount"])
        expected = sum(self.overrun(line) for line in BudgetLine.objects.all())
        kpi = find("budget_overrun_amount")
        window = {"start": 202501, "end": 202512}
        for grain in ("month", "quarter", "year"):
            whole = series(kpi, grain=grain, **window).figures
            assert sum(one.worth.value or 0 for one in whole) == expected, grain
            parts = series(kpi, grain=grain, dimension="service", **window).figures
            assert sum(one.worth.value or 0 for one in parts) == expected

    @staticmethod
    def overrun(line: BudgetLine) -> Fraction:
        """What was spent beyond nothing, in the base currency at the line's rate."""
        spent = line.costs.aggregate(total=Sum("amount_line"))["total"] or 0
        return half_up(Fraction(spent) * Fraction(line.budget_rate))
