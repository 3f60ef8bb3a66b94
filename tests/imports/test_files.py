"""Files that are not what they seem: each is refused as a whole, in words that help."""

import gzip
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from brm.core.imports import opening
from brm.core.imports.opening import open_source
from brm.core.imports.refusals import FileRefused
from brm.core.imports.tables import Table

HEADER = "reference,name\n"


def table(path: Path, content: bytes | str, **options: str) -> Table:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Table(open_source(path), **options)


def refusal(path: Path, content: bytes | str, **options: str) -> str:
    with pytest.raises(FileRefused) as refused:
        table(path, content, **options)
    return str(refused.value)


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cells(read: Table) -> list[list[str]]:
    return [row.cells for row in read.rows()]


def test_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    read = table(tmp_path / "a.csv", b"\xef\xbb\xbfreference,name\nA,Alpha\n")
    assert read.header == ["reference", "name"]
    assert read.count == 1


def test_rows_are_numbered_as_in_a_spreadsheet(tmp_path):
    read = table(tmp_path / "a.csv", 'reference,name\nA,"two\nlines"\n\nB,Beta\n')
    assert [(row.number, row.cells) for row in read.rows()] == [
        (2, ["A", "two\nlines"]),
        (4, ["B", "Beta"]),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "The file is empty."),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "The file is empty."),
        ("a.csv", HEADER, "The file has a header but no rows."),
        ("a.csv", "\n\n", "The first row names no columns."),
        ("a.csv", "reference,,name\nA,,x\n", "Column 2 has no name."),
        (
            "a.csv",
            "name,reference,name\nx,A,y\n",
            "The column “name” occurs twice: as number 1 and 3.",
        ),
        (
            "a.pdf",
            HEADER,
            "a.pdf is none of the kinds that can be imported: .csv, .csv.gz, .xlsx.",
        ),
        (
            "a.csv",
            workbook(["reference"], ["A"]),
            "a.csv is not what its name says: it holds an Excel workbook or a zip archive "
            "(name a workbook .xlsx).",
        ),
        (
            "a.csv",
            gzip.compress(b"reference\nA\n", mtime=0),
            "a.csv is not what its name says: it holds a gzip archive (name it .csv.gz).",
        ),
        (
            "a.csv",
            b"%PDF-1.7 ...",
            "a.csv is not what its name says: it holds a PDF document.",
        ),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "a.xlsx is not what its name says: it holds an Excel workbook in the old format "
            "(save it as .xlsx).",
        ),
        ("a.xlsx", HEADER, "a.xlsx is not what its name says: it holds text."),
        ("a.xlsx", b"PK\x03\x04 broken", "The workbook is damaged."),
        (
            "a.csv.gz",
            gzip.compress(b"reference,name\n" + b"A,x\n" * 9999, mtime=0)[:-40],
            "The gzip archive is damaged or cut off.",
        ),
        ("a.csv", HEADER + 'A,"open\n', "Line 2: the quotes of a cell do not match."),
        ("a.csv", HEADER + 'A,"x"y\n', "Line 2: the quotes of a cell do not match."),
        (
            "a.csv",
            HEADER + "A," + "x" * 1_000_001,
            "Line 2 is longer than 1000000 characters.",
        ),
        (
            "a.csv",
            HEADER + 'A,"' + "x\n" * 600_000,
            "Line 2: a cell is longer than 1000000 characters. Is a quote missing?",
        ),
        (
            "a.csv",
            "a," * 1000 + "a\n",
            "The file has more than 1000 columns.",
        ),
        (
            "a.csv",
            b"reference,name\nA," + "客户关系管理流程与服务目录".encode("gb18030") + b"\n",
            "Line 2 is not UTF-8 text. It looks like GB18030: import it with that encoding.",
        ),
        (
            "a.csv",
            "reference,name\nA,Café Müller\n".encode("cp1252"),
            "Line 2 is not UTF-8 text. It looks like Windows-1252: import it with that encoding.",
        ),
        (
            "a.csv",
            "reference,name\nA,Alpha\n".encode("utf-16"),
            "Line 1 is not UTF-8 text. It looks like UTF-16: import it with that encoding.",
        ),
    ],
)
def test_refused_files(tmp_path, name, content, message):
    assert refusal(tmp_path / name, content) == message


def test_a_missing_file(tmp_path):
    with pytest.raises(FileRefused, match=r"There is no file a\.csv\."):
        open_source(tmp_path / "a.csv")


def test_an_unknown_encoding(tmp_path):
    assert refusal(tmp_path / "a.csv", HEADER, encoding="klingon") == (
        "There is no encoding “klingon”."
    )


def test_a_named_encoding_is_read(tmp_path):
    content = "reference,name\nA,客户\n".encode("gb18030")
    assert cells(table(tmp_path / "a.csv", content, encoding="gb18030")) == [["A", "客户"]]


def test_the_delimiter_is_sniffed_only_on_request(tmp_path):
    content = "reference;name\nA;Alpha, Ltd\n"
    assert table(tmp_path / "a.csv", content).header == ["reference;name"]
    assert cells(table(tmp_path / "a.csv", content, delimiter="sniff")) == [["A", "Alpha, Ltd"]]


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "LARGEST_FILE", 1_000_000)
    assert refusal(tmp_path / "a.csv", "x" * 2_000_001) == (
        "The file has 2 MB; at most 1 MB are imported."
    )


def test_a_gzip_bomb_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "LARGEST_UNPACKED", 3_000_000)
    message = refusal(tmp_path / "a.csv.gz", gzip.compress(b"0" * 10_000_000, mtime=0))
    assert message == "The file unpacks to more than 2,000 MB."


def test_a_bomb_without_line_ends_is_refused_early(tmp_path):
    message = refusal(tmp_path / "a.csv.gz", gzip.compress(b"0" * 300_000_000, 1, mtime=0))
    assert message == "Line 1 is longer than 1000000 characters."


def test_a_workbook_reads_like_its_csv(tmp_path):
    from datetime import date, datetime

    content = workbook(
        ["reference", "name", "amount", "posted_on", "at", "flag", None],
        [17850, "Alpha", 2.5, date(2025, 3, 31), datetime(2025, 3, 31, 10, 5), True],
        [None],
        ["B", None, 3.0],
    )
    read = table(tmp_path / "a.xlsx", content)
    assert read.header == ["reference", "name", "amount", "posted_on", "at", "flag"]
    assert [(row.number, row.cells) for row in read.rows()] == [
        (2, ["17850", "Alpha", "2.5", "2025-03-31", "2025-03-31 10:05:00", "true"]),
        (4, ["B", "", "3", "", "", ""]),
    ]


def test_a_zip_bomb_is_refused_by_its_directory(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with pytest.raises(FileRefused) as refused:
        open_source(path)
    assert str(refused.value) == (
        "The workbook unpacks to 60 MB from 58 KB; at most 50 MB and 100 times its size are read. "
        "Save it as CSV."
    )


def test_a_workbook_of_too_many_parts(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2001):
            archive.writestr(f"xl/{number}", b"")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(FileRefused, match="The workbook has 2002 parts, at most 2000 are read."):
        open_source(path)


def test_a_zip_that_is_no_workbook(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(FileRefused, match="The file is a zip archive, not an Excel workbook."):
        open_source(path)
