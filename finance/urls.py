from .views import BudgetLineViews, CostEntryViews, ExchangeRateViews, ProposalViews

urlpatterns = [
    *BudgetLineViews.urls(),
    *CostEntryViews.urls(),
    *ProposalViews.urls(),
    *ExchangeRateViews.urls(),
]
