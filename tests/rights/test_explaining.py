"""What the pages say of rights is what the product does."""

from datetime import date

import pytest

from brm.core.crud import REGISTRY as PAGES
from brm.core.explaining import explain, explain_moves, verbs_of
from brm.core.models import User
from brm.core.roles import RIGHTS, ROLES, grants_of
from brm.people.rights import resources as told_resources
from tests.factories import AgreementFactory, ServiceFactory, UserFactory, make
from tests.pages.forms import text_of
from tests.rights.company import Company, resources, undone
from tests.rights.table import VERBS, WORDS, matrix, reaches, row_of

pytestmark = [pytest.mark.once, pytest.mark.django_db]
WORD_OF = {verb: word for word, verb in VERBS.items()}


@pytest.mark.parametrize("role", [None, *ROLES])
def test_each_answer_is_the_table_s_and_the_check_s(company: Company, role):
    company.become(role)
    user = User.objects.get(pk=company.user.pk)
    wrong = {}
    for resource in resources():
        row = row_of(resource, role)
        for place, record in company.records[resource].items():
            for answer in explain(user, record):
                found = type(record).objects.allowed(user, answer.verb)
                checked = found.filter(pk=record.pk).exists()
                tabled = reaches(row[WORD_OF[answer.verb]], place)
                if row[WORD_OF[answer.verb]] == ".":
                    tabled = answer.allowed
                if not (answer.allowed == checked == tabled):
                    wrong[resource, place, answer.verb] = (answer.allowed, checked, tabled)
                assert bool(answer.by) == answer.allowed
    assert wrong == {}


@pytest.mark.parametrize("role", ["brm", "service_owner", "executive", "lead"])
@pytest.mark.parametrize("resource", [n for n in resources() if hasattr(PAGES[n].model, "Status")])
def test_each_move_told_is_the_move_offered(company: Company, role, resource):
    company.become(role)
    row = matrix()[resource][role]
    for place, record in company.records[resource].items():
        if not reaches(row["see"], place):
            continue
        page = company.pages.get(f"/{resource}/{record.pk}/")
        offered = {one["event"] for one in page.context["transitions"]}
        api = company.api.get(f"/api/v1/{resource}/{record.pk}/").json()["transitions"]
        moves = explain_moves(record, allowed=reaches(row["move"], place))
        assert {m.target for m in moves if m.hindrance in ("", "guard")} == offered
        assert {step["state"] for step in api} == offered
        assert {m.target for m in moves} == {step.target for step in record.Status.moves}


def test_it_names_who_may_and_why_not(company: Company):
    company.become("brm")
    owner = UserFactory(name="Tom Weber", roles=["brm"])
    with undone():
        record = make("customers", manager=owner, deputy=company.user.__class__.objects.first())
        record.deputy = None
        record.save()
        user = User.objects.get(pk=company.user.pk)
        answers = {answer.verb: answer for answer in explain(user, record)}
        assert answers["V"].allowed
        assert [grant.scope for grant in answers["U"].short] == ["O"]
        assert answers["U"].people == [owner]
        assert answers["D"].short == []
        roles = {grant.role for grant in answers["D"].others}
        assert roles == {"administrator", "lead", "integration"}
        page = text_of(company.pages.get(f"/customers/{record.pk}/rights/"))
        assert "Tom Weber" in page
        assert "own portfolio only; this record lies outside" in page
        refused = company.pages.get(f"/customers/{record.pk}/edit/")
        assert refused.status_code == 403
        assert "Tom Weber" in text_of(refused)
        assert f"/customers/{record.pk}/rights/" in refused.content.decode()


def test_somebody_without_the_role_any_more_is_not_named(company: Company):
    company.become("brm")
    gone = UserFactory(name="Gone", roles=["brm"], is_active=False)
    with undone():
        record = make("customers", manager=gone)
        user = User.objects.get(pk=company.user.pk)
        assert {a.verb: a.people for a in explain(user, record)}["U"] == []


def test_a_guard_is_told_before_one_runs_into_it(company: Company):
    company.become("administrator")
    with undone():
        service = ServiceFactory(status="retiring")
        AgreementFactory(
            service=service, status="signed", starts_on=date(2020, 1, 1), signed_on=date(2020, 1, 1)
        )
        moves = {move.target: move for move in explain_moves(service, allowed=True)}
        assert moves["retired"].hindrance == "guard"
        assert str(moves["retired"].texts[0]) in text_of(
            company.pages.get(f"/services/{service.pk}/rights/")
        )


@pytest.mark.parametrize("role", ROLES)
def test_the_page_of_rights_says_what_the_table_says(company: Company, role):
    company.become(None)
    page = company.pages.get(f"/rights/?role={role}")
    rows = page.context["table"]["rows"]
    assert len(rows) == len(told_resources()) == len(RIGHTS)
    for resource, row in zip(told_resources(), rows, strict=True):
        for cell, (word, verb) in zip(row["cells"], VERBS.items(), strict=True):
            tabled = matrix()[resource][role][word]
            if tabled == ".":
                assert cell["scopes"] == [], (resource, word)
                continue
            granted = {grant.scope for grant in grants_of({role}, resource, verb)}
            wanted = {WORDS[tabled]} & granted if tabled != "-" else set()
            assert len(cell["scopes"]) == len(wanted), (resource, word)


def test_the_page_of_rights_marks_the_own_role_and_knows_no_other(company: Company):
    company.become("finance")
    page = company.pages.get("/rights/")
    assert page.context["heading"] == "Finance manager"
    assert [one["label"] for one in page.context["roles"] if one["own"]] == ["Finance manager"]
    other = company.pages.get("/rights/?resource=complaints")
    assert [row["label"] for row in other.context["table"]["rows"]] == [*ROLES.values()]
    assert company.pages.get("/rights/?role=god").status_code == 404
    assert company.pages.get("/rights/?resource=none").status_code == 404


def test_verbs_are_told_where_they_make_sense():
    assert verbs_of(PAGES["customers"].model) == "VUDX"
    assert verbs_of(PAGES["complaints"].model) == "VUPDX"


def test_an_answer_takes_the_same_statements_whatever_the_record(
    company: Company, django_assert_max_num_queries
):
    company.become("brm")
    user = User.objects.get(pk=company.user.pk)
    assert user.role_keys == {"brm"}
    with django_assert_max_num_queries(7):
        explain(user, company.records["complaints"]["portfolio"])
