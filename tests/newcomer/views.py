from brm.core.crud import CrudViews
from brm.core.navigation import STRATEGY

from .models import Risk


class RiskViews(CrudViews):
    model, icon, group, order = Risk, "shield", STRATEGY, 900
    empty_text = "A risk is what may go wrong with a service, and what a customer would lose by it."
