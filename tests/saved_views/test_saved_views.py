"""Views of lists: kept, shared, pinned, the default; and that the address restores all of it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brm.saved_views.models import SavedView, ViewChoice
from tests.factories import CustomerFactory

QUERY = "q=Kestrel&tier=key&sort=-name&columns=tier,name&density=compact"


def keep(client, name="Key accounts", query=QUERY, audience="personal", records="customers"):
    asked = {"records": records, "query": query, "name": name, "audience": audience}
    return client.post("/views/new/", asked)


def menu(client, address="/customers/?view=none"):
    return client.get(address).context["parts"]["views"]


def names(client):
    return [view["name"] for view in menu(client)["views"]]


def test_a_kept_view_brings_back_everything(admin):
    for number in range(3):
        CustomerFactory(name=f"Kestrel {number}", tier="key")
    CustomerFactory(name="Kestrel", tier="standard")
    response = keep(admin)
    view = SavedView.objects.get()
    assert response.url == f"/customers/?{QUERY}&view={view.pk}"
    context = admin.get(response.url).context
    assert [[c["value"] for c in row["cells"]] for row in context["table"]["rows"]] == [
        ["Key", f"Kestrel {number}"] for number in (2, 1, 0)
    ]
    assert context["look"]["density"] == "compact"
    assert context["parts"]["views"]["current"] == view
    assert context["parts"]["views"]["is_changed"] is False


def test_a_changed_view_says_so_and_can_be_updated(admin):
    keep(admin)
    view = SavedView.objects.get()
    changed = f"/customers/?q=Kestrel&tier=strategic&view={view.pk}"
    found = menu(admin, changed)
    assert (found["is_changed"], found["may_replace"]) == (True, True)
    asked = {"records": "customers", "query": found["query"]}
    response = admin.post(f"/views/{view.pk}/replace/", asked)
    assert response.url == changed
    assert menu(admin, changed)["is_changed"] is False


def test_saving_under_the_same_name_replaces(admin):
    keep(admin)
    keep(admin, query="tier=strategic")
    assert SavedView.objects.get().query == "tier=strategic"


def test_what_is_kept_is_cleaned(admin):
    keep(admin, query="tier=key&cursor=x&at=51&nonsense=1&severity=high&columns=password")
    assert SavedView.objects.get().query == "tier=key"


def test_personal_team_and_shared_views_are_seen_by_whom_they_are_for(as_role):
    lead, manager, other = as_role("lead"), as_role("brm"), as_role("finance")
    second = as_role("brm")
    keep(manager, "Mine")
    keep(manager, "Of all managers", audience="team:brm")
    keep(lead, "For all", audience="shared")
    assert names(manager) == ["For all", "Mine", "Of all managers"]
    assert names(second) == ["For all", "Of all managers"]
    assert names(other) == names(lead) == ["For all"]


def test_only_leads_share_with_everyone_and_nobody_with_a_strange_team(as_role):
    manager = as_role("brm")
    for audience in ("shared", "team:lead", "team:", "x"):
        keep(manager, audience=audience)
    assert SavedView.objects.count() == 0
    assert [a["value"] for a in menu(manager)["audiences"]] == ["personal", "team:brm"]


def test_a_view_of_another_one_cannot_be_touched(as_role):
    lead, manager = as_role("lead"), as_role("brm")
    keep(lead, "Private")
    keep(lead, "For all", audience="shared")
    private, shared = SavedView.objects.get(name="Private"), SavedView.objects.get(name="For all")
    asked = {"records": "customers", "query": "", "on": "1"}
    for action in ("replace", "pin", "default", "delete"):
        assert manager.post(f"/views/{private.pk}/{action}/", asked).status_code == 404
    for action in ("replace", "delete"):
        assert manager.post(f"/views/{shared.pk}/{action}/", asked).status_code == 403
    assert SavedView.objects.get(pk=shared.pk).query == QUERY
    assert lead.post(f"/views/{shared.pk}/delete/").status_code == 302
    assert not SavedView.objects.filter(pk=shared.pk).exists()


def test_a_pinned_view_stands_above_the_list_of_who_pinned_it(as_role):
    lead, manager = as_role("lead"), as_role("brm")
    keep(lead, "For all", audience="shared")
    view = SavedView.objects.get()
    manager.post(f"/views/{view.pk}/pin/", {"on": "1"})
    assert [v["name"] for v in menu(manager)["pinned"]] == ["For all"]
    assert menu(lead)["pinned"] == []
    manager.post(f"/views/{view.pk}/pin/", {"on": "0"})
    assert menu(manager)["pinned"] == []


def test_a_list_opens_with_the_default_view(admin):
    CustomerFactory(name="Kestrel", tier="key")
    CustomerFactory(name="Other")
    keep(admin)
    view = SavedView.objects.get()
    admin.post(f"/views/{view.pk}/default/", {"on": "1"})
    opened = admin.get("/customers/")
    assert opened.url == f"/customers/?{QUERY}&view={view.pk}"
    everything = admin.get("/customers/?view=none")
    assert len(everything.context["table"]["rows"]) == 2
    admin.post(f"/views/{view.pk}/default/", {"on": "0"})
    assert admin.get("/customers/").status_code == 200


def test_there_is_one_default_for_each_list(admin):
    keep(admin, "One")
    keep(admin, "Two", query="tier=strategic")
    for view in SavedView.objects.all():
        admin.post(f"/views/{view.pk}/default/", {"on": "1"})
    assert [c.view.name for c in ViewChoice.objects.filter(is_default=True)] == ["Two"]


def test_a_view_of_filters_that_are_gone_still_opens(admin):
    CustomerFactory()
    keep(admin)
    SavedView.objects.update(query="tier=platinum&no_such=1&columns=gone")
    view = SavedView.objects.get()
    assert len(admin.get(f"/customers/?{view.query}&view={view.pk}").context["table"]["rows"]) == 1


def test_a_name_is_needed(admin):
    response = keep(admin, name=" ")
    assert response.url == f"/customers/?{QUERY}"
    assert SavedView.objects.count() == 0


def test_a_list_that_may_not_be_seen_is_not_kept(as_role):
    client = as_role("operations")
    assert keep(client, records="cost-entries").url == "/"
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize("views", [1, 20])
def test_views_cost_one_statement_however_many_there_are(admin, views):
    CustomerFactory()
    for number in range(views):
        keep(admin, f"View {number}")
    admin.get("/customers/")
    with CaptureQueriesContext(connection) as captured:
        admin.get("/customers/")
    assert len([q for q in captured if "saved_views_savedview" in q["sql"]]) == 1
    assert len(captured) <= 6
