"""Every resource does what the contract says; one test for all, over the registry."""

from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brm.core.api import REGISTRY
from tests.api.payloads import CHANGES, PAYLOADS
from tests.factories import RECORD_FACTORIES, make

pytestmark = pytest.mark.django_db
RESOURCES = sorted(name for name in REGISTRY if name in RECORD_FACTORIES)
AWKWARD = ["a/b", "ä ö", "x?y=1&z#%2F", "../up", "日本", "a//b", "100%", "by-reference", "0"]


def url(resource: str, *parts: object) -> str:
    return "/api/v1/" + "".join(f"{quote(str(part), safe='')}/" for part in (resource, *parts))


@pytest.fixture(params=RESOURCES)
def resource(request):
    return request.param


def test_every_resource_has_a_factory_and_a_payload():
    assert set(PAYLOADS) == set(CHANGES) == set(RECORD_FACTORIES)
    assert set(RECORD_FACTORIES) <= set(REGISTRY)


def test_every_field_is_shown_or_hidden_on_purpose(resource):
    view = REGISTRY[resource]
    fields = {field.name for field in view.model._meta.fields}
    assert view.known_fields() == fields


def test_list_and_single_agree(admin, resource):
    record = make(resource)
    listed = admin.get(url(resource)).json()
    assert set(listed) == {"next", "previous", "results"}
    single = admin.get(url(resource, record.pk))
    assert single["ETag"] == '"1"'
    body = single.json()
    transitions = body.pop("transitions", None)
    assert (transitions is not None) == hasattr(record, "Status")
    assert body in listed["results"]
    assert admin.get(url(resource, "by-reference", record.reference)).json()["id"] == record.pk


def test_create(admin, resource):
    reply = admin.post(url(resource), PAYLOADS[resource]())
    assert reply.status_code == 201, reply.content
    body = reply.json()
    assert body["version"] == 1
    assert reply["ETag"] == '"1"'
    assert reply["Location"].endswith(url(resource, body["id"]))
    assert admin.get(reply["Location"]).json() == body
    record = REGISTRY[resource].model.objects.get(pk=body["id"])
    entry = record.history.get()
    assert (entry.door, entry.history_user) == ("api", admin.user)


def test_create_needs_its_compulsory_fields(admin, resource):
    reply = admin.post(url(resource), {})
    assert reply.status_code == 400
    body = reply.json()
    assert (body["type"], body["code"]) == ("bad_request", "invalid")
    needed = {name.removesuffix("_reference") for name in PAYLOADS[resource]()}
    assert set(body["errors"]) == needed


def test_change(admin, resource):
    record = make(resource)
    reply = admin.patch(url(resource, record.pk), CHANGES[resource])
    assert reply.status_code == 200, reply.content
    assert reply["ETag"] == '"2"'
    assert reply.json().items() >= CHANGES[resource].items()
    again = admin.patch(url(resource, record.pk), CHANGES[resource])
    assert again["ETag"] == '"2"'
    assert record.history.count() == 2


def test_a_read_record_can_be_put_back(admin, resource):
    record = make(resource)
    read = admin.get(url(resource, record.pk)).json()
    reply = admin.put(url(resource, record.pk), read)
    assert reply.status_code == 200, reply.content
    assert reply.json() == read
    changed = admin.put(url(resource, record.pk), {**read, **CHANGES[resource]})
    assert changed.json()["version"] == 2


def test_stale_copies_are_refused(admin, resource):
    record = make(resource)
    address = url(resource, record.pk)
    stale = {"If-Match": '"7"'}
    for refused in (
        admin.patch(address, CHANGES[resource], headers=stale),
        admin.put(address, PAYLOADS[resource](), headers=stale),
        admin.delete(address, headers=stale),
    ):
        assert refused.status_code == 412
        assert (refused.json()["code"], refused.json()["version"]) == ("stale", 1)
    fresh = admin.patch(address, CHANGES[resource], headers={"If-Match": '"6", "1"'})
    assert fresh.status_code == 200
    assert admin.delete(address, headers={"If-Match": "*"}).status_code == 204


def test_delete_and_restore(admin, resource):
    record = make(resource)
    payload = PAYLOADS[resource]()
    assert admin.delete(url(resource, record.pk)).status_code == 204
    gone = admin.get(url(resource, record.pk))
    assert gone.status_code == 404
    assert gone.json() == admin.get(url(resource, 10**9)).json()
    assert admin.delete(url(resource, record.pk)).status_code == 404
    taken = admin.post(url(resource), {**payload, "reference": record.reference})
    assert taken.status_code == 400
    assert list(taken.json()["errors"]) == ["reference"]
    back = admin.put(url(resource, "by-reference", record.reference), payload)
    assert back.status_code == 200, back.content
    assert back.json()["id"] == record.pk
    assert record.history.count() == 3


@pytest.mark.parametrize("reference", AWKWARD)
def test_upsert_by_awkward_references(admin, reference):
    address = url("customers", "by-reference", reference)
    assert admin.get(address).status_code == 404
    made = admin.put(address, {"name": "Acme"})
    assert made.status_code == 201, made.content
    assert made.json()["reference"] == reference
    same = admin.put(address, {"name": "Acme"})
    assert (same.status_code, same.json()) == (200, made.json())
    changed = admin.put(address, {"name": "Other"})
    assert changed.json()["version"] == 2
    assert admin.get(address).json() == changed.json()


def test_upsert(admin, resource):
    payload = PAYLOADS[resource]()
    address = url(resource, "by-reference", "KEY 1")
    made = admin.put(address, payload)
    assert made.status_code == 201, made.content
    same = admin.put(address, payload)
    assert (same.status_code, same.json()) == (200, made.json())
    other = admin.put(address, {**payload, "reference": "KEY 2"})
    assert list(other.json()["errors"]) == ["reference"]


def test_unknown_and_read_only_fields(admin, resource):
    payload = PAYLOADS[resource]()
    for name, value in (("owner__password", "x"), ("version", 9), ("created_at", "x"), ("id", 1)):
        reply = admin.post(url(resource), {**payload, name: value})
        assert (reply.status_code, list(reply.json()["errors"])) == (400, [name])
    record = make(resource)
    reply = admin.patch(url(resource, record.pk), {"version": 9, "deleted_at": None})
    assert set(reply.json()["errors"]) == {"version", "deleted_at"}


def test_unknown_parameters(admin, resource):
    record = make(resource)
    for address in (
        f"{url(resource)}?nonsense=1",
        f"{url(resource)}?id__in=1",
        f"{url(resource)}?owner__password__regex=a",
        f"{url(resource)}?_connector=OR",
        f"{url(resource)}?page_size=1&page_size=2",
        f"{url(resource, record.pk)}?search=x",
        f"{url(resource)}?fields=password",
        f"{url(resource)}?ordering=customer__name",
        f"{url(resource)}?page_size=201",
        f"{url(resource)}?page_size=0",
        f"{url(resource)}?page_size=1e9",
        f"{url(resource)}?cursor=nonsense",
    ):
        reply = admin.get(address)
        assert reply.status_code == 400, address
        assert set(reply.json()) == {"type", "code", "detail", "errors"}


def test_chosen_fields(admin, resource):
    record = make(resource)
    listed = admin.get(f"{url(resource)}?fields=reference,version&ordering=-created_at")
    assert listed.json()["results"][0] == {"reference": record.reference, "version": 1}
    single = admin.get(f"{url(resource, record.pk)}?fields=reference")
    assert single.json() == {"reference": record.reference}


def walk(client, address: str, way: str) -> list[int]:
    """The ids from page to page, in the list's order."""
    ids: list[int] = []
    while address:
        page = client.get(address).json()
        found = [item["id"] for item in page["results"]]
        ids = ids + found if way == "next" else found + ids
        address = page[way]
    return ids


def test_pages_forwards_and_backwards_are_the_list(admin, resource):
    for _number in range(4):
        make(resource)
    view = REGISTRY[resource]
    for name in view.sortable():
        for sign in ("", "-"):
            address = f"{url(resource)}?ordering={sign}{name}"
            whole = [item["id"] for item in admin.get(f"{address}&page_size=200").json()["results"]]
            assert len(whole) == view.model.objects.count()
            assert walk(admin, f"{address}&page_size=3", "next") == whole
            assert walk(admin, f"{address}&page_size=3&cursor=last", "previous") == whole


def test_every_filter_finds_its_record(admin, resource):
    record = make(resource)
    shown = admin.get(url(resource, record.pk)).json()
    for name in REGISTRY[resource].filterset().base_filters:
        value = shown.get(name.removesuffix("__gte").removesuffix("__lte"))
        if name == "search":
            value = getattr(record, record.search_fields[0])
        if value in (None, ""):
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        reply = admin.get(url(resource), {name: text})
        assert reply.status_code == 200, (name, reply.content)
        assert record.pk in [item["id"] for item in reply.json()["results"]], name
    for missing in ("reference=none", "search=nothing-like-it"):
        assert admin.get(f"{url(resource)}?{missing}").json()["results"] == []


def test_wrong_filters_are_refused(admin, resource):
    for name in REGISTRY[resource].filterset().base_filters:
        if name in ("reference", "search") or name.endswith("_reference"):
            continue
        for value in ("nonsense", "9" * 40, "1e999"):
            assert admin.get(url(resource), {name: value}).status_code == 400, (name, value)


def statements(client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_statements_of_a_list_do_not_grow(admin, resource):
    make(resource)
    first = statements(admin, url(resource))
    for _number in range(4):
        make(resource)
    assert statements(admin, url(resource)) == first <= 4
    assert statements(admin, f"{url(resource)}?search=a&ordering=-created_at") <= 4


def test_bulk(admin, resource):
    record = make(resource)
    good = [PAYLOADS[resource]() for _number in range(3)]
    items = [*good, {}, {"id": record.pk, **CHANGES[resource]}, {"id": 10**9}, "text"]
    reply = admin.post(url(resource, "bulk"), {"items": items})
    assert reply.status_code == 200
    results = reply.json()["results"]
    assert [result["index"] for result in results] == list(range(7))
    assert [result["status"] for result in results] == [201, 201, 201, 400, 200, 404, 400]
    assert results[3]["errors"].keys() == admin.post(url(resource), {}).json()["errors"].keys()
    model = REGISTRY[resource].model
    for result in results[:3]:
        made = model.objects.get(pk=result["id"])
        assert made.history.count() == 1
        assert made.reference
    changed = admin.get(url(resource, record.pk)).json()
    assert changed.items() >= {**CHANGES[resource], "version": 2}.items()


def test_statements_of_bulk_edits_do_not_grow(admin, resource):
    """Also where items send back what they got: read-only fields are compared."""

    def edited(records):
        shown = [admin.get(url(resource, record.pk)).json() for record in records]
        items = [{**CHANGES[resource], **_read_only(sent)} for sent in shown]
        with CaptureQueriesContext(connection) as captured:
            reply = admin.post(url(resource, "bulk"), {"items": items})
        assert [one["status"] for one in reply.json()["results"]] == [200] * len(records)
        return len(captured)

    assert edited([make(resource)]) == edited([make(resource) for _number in range(4)])


def _read_only(sent):
    return {name: sent[name] for name in ("id", "created_at", "updated_at", "version")}


def test_bulk_atomic(admin, resource):
    model = REGISTRY[resource].model
    items = [PAYLOADS[resource](), {}]
    before = model.objects.count()
    reply = admin.post(f"{url(resource, 'bulk')}?atomic=1", {"items": items})
    assert reply.status_code == 400
    body = reply.json()
    assert body["code"] == "bulk_refused"
    assert [result["status"] for result in body["results"]] == [201, 400]
    assert [result["id"] for result in body["results"]] == [None, None]
    assert model.objects.count() == before
    reply = admin.post(f"{url(resource, 'bulk')}?atomic=1", {"items": items[:1]})
    assert (reply.status_code, model.objects.count()) == (200, before + 1)


def test_methods_that_make_no_sense(admin, resource):
    record = make(resource)
    for method, address in (
        ("put", url(resource)),
        ("delete", url(resource)),
        ("post", url(resource, record.pk)),
        ("get", url(resource, "bulk")),
        ("options", url(resource)),
    ):
        reply = getattr(admin, method)(address)
        assert reply.status_code == 405, (method, address)
        assert reply.json()["type"] == "method_not_allowed"


def test_strangers_are_told_to_sign_in(client, resource):
    reply = client.get(url(resource))
    assert reply.status_code == 401
    assert reply["WWW-Authenticate"] == 'Bearer realm="api"'
    assert reply.json()["type"] == "unauthenticated"
