"""Strategic initiatives begun."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from brm.core.dialect import month_of
from strategy.models import Initiative

from .declaration import Dirty, Kpi, contribution


def _begun(only: Callable[[str], str]) -> str:
    return contribution(
        "FROM strategy_initiative i WHERE i.deleted_at IS NULL AND i.kind = 'strategic'"
        f" AND i.started_on <= %(today)s {only('i.id')}",
        source_id="i.id",
        part="''",
        subject_id="i.id",
        occurred_on="i.started_on",
        month=month_of("i.started_on"),
        numerator="10000",
        owner_id="i.sponsor_id",
        objective_id="i.objective_id",
        reference="i.reference",
    )


STRATEGY_KPIS = (
    Kpi(
        key="strategic_initiatives",
        code=18,
        name=_("Strategic initiatives"),
        formula=_("Strategic initiatives, dated by their first entry into progress."),
        unit="count",
        direction="band",
        dimensions=("objective", "owner"),
        source=Initiative,
        source_type="initiative",
        select=_begun,
        dirty=(Dirty("initiative"),),
        calendar=(
            "SELECT id FROM strategy_initiative"
            " WHERE started_on > %(since)s AND started_on <= %(today)s",
        ),
    ),
)
