"""Asking for exports as the pages do, and reading what comes back."""

import csv
import io
import json
from typing import Any

from openpyxl import load_workbook


def fetch(client: Any, records: str, query: str = "", file_format: str = "csv", **more: str) -> Any:
    """The answer to the export button of a list."""
    asked = {"records": records, "query": query, "file_format": file_format, "wording": "codes"}
    return client.post("/exports/new/", {**asked, **more})


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def csv_rows(response: Any) -> list[list[str]]:
    """Header and rows of an exported CSV."""
    return list(csv.reader(io.StringIO(body(response).decode("utf-8-sig"), newline="")))


def json_of(response: Any) -> dict[str, Any]:
    return json.loads(body(response))


def workbook(response: Any) -> Any:
    return load_workbook(io.BytesIO(body(response)))
