"""Bytes, encodings, delimiters, quotes, line ends, footers: rows with the line where they begin."""

import io
from pathlib import Path

import pytest

from salesboard.errors import Refused, WrongUsage
from salesboard.importing import table
from salesboard.importing.table import Table, read_table

ROWS = [["Account", "City", "Value"], ["Hofer GmbH", "Zürich", "1"], ["Ærø “A/S”, Ltd", "line\nbreak", "2"]]


def written(rows: list[list[str]], delimiter: str = ",", end: str = "\n", quote_all: bool = False) -> str:
    def cell(text: str) -> str:
        needs = quote_all or any(mark in text for mark in (delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if needs else text

    return "".join(delimiter.join(map(cell, row)) + end for row in rows)


def opened(content: bytes, encoding: str | None = None, delimiter: str | None = None) -> Table:
    found = read_table(io.BytesIO(content), encoding)
    found.choose_delimiter(delimiter, lambda cells: sum(cell in ("Account", "Amount") for cell in cells))
    found.find_header(lambda cells: cells[0].strip() in ("Account", "Opportunity Owner"))
    return found


def read(content: bytes, encoding: str | None = None, delimiter: str | None = None) -> list[list[str]]:
    found = opened(content, encoding, delimiter)
    return [found.header, *(row.cells for row in found.rows())]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le with its mark", "utf-16-be with its mark"],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quote_all", [False, True])
def test_what_was_written_is_read(encoding: str, delimiter: str, end: str, quote_all: bool) -> None:
    text = written(ROWS, delimiter, end, quote_all)
    name, _, marked = encoding.partition(" ")
    assert read((("\ufeff" if marked else "") + text).encode(name)) == ROWS


def test_windows_1252_is_proposed_and_shown_where_utf_8_fails() -> None:
    found = opened(written(ROWS).encode("cp1252"))
    assert (found.encoding, found.proposed) == ("cp1252", True)
    assert "Zürich" in found.preview[0] and found.preview[0].startswith("line 2")
    assert [row.cells for row in found.rows()] == ROWS[1:]
    assert not opened(written(ROWS).encode()).proposed


def test_an_encoding_that_is_said_is_taken_and_not_called_a_proposal() -> None:
    found = opened(written(ROWS[:2]).encode("cp1250"), "cp1250")
    assert (found.encoding, found.proposed) == ("cp1250", False)
    assert next(iter(found.rows())).cells == ROWS[1]


@pytest.mark.parametrize(
    ("content", "encoding", "reason"),
    [
        (written(ROWS[:2]).encode("utf-16-le"), None, "looks like UTF-16 .* utf-16-le"),
        (written(ROWS[:2]).encode("utf-16-be"), None, "looks like UTF-16 .* utf-16-be"),
        ("Account\nÜber\n".encode() + "Köln\n".encode("cp1252"), None, "line 2 is UTF-8, line 3 is not"),
        (b"Account\nA\x81B\n", None, "neither UTF-8 nor Windows-1252"),
        (b"Account\nok\nZ\xfcrich\n", "utf-8", "line 3 is not written in utf-8"),
        (b"PK\x03\x04rest", None, "spreadsheet's own file"),
        (b"\xff\xfeA", None, "not written in utf-16"),
    ],
)
def test_what_can_not_be_decoded_for_certain_is_refused(
    content: bytes, encoding: str | None, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        opened(content, encoding)


@pytest.mark.parametrize("encoding", ["klingon", "base64", "", "utf-8\0"])
def test_an_encoding_that_there_is_not_is_wrong_usage(encoding: str) -> None:
    with pytest.raises(WrongUsage, match="no encoding"):
        read_table(io.BytesIO(b"x"), encoding)


def test_a_delimiter_can_be_said_by_name_and_by_mark() -> None:
    assert read(b"Account:x\na:1\n", delimiter=":") == [["Account", "x"], ["a", "1"]]
    assert read(b"Account\tx\na\t1\n", delimiter="tab") == [["Account", "x"], ["a", "1"]]
    assert read(b"sep=|\nAccount|x\na|1\n") == [["Account", "x"], ["a", "1"]]
    for wrong in ("", "ab", '"', "\n", "a"):
        with pytest.raises(WrongUsage, match="no delimiter"):
            opened(b"Account,x\n", delimiter=wrong)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b'Account,x\na,1\n"b,2\nc,3\n', 3, "never closed"),
        (b'Account,x\n"a" b,1\n', 2, "follows a closing quotation mark"),
        (b'Account,x\nok,1\n"' + b"y" * 140_000 + b'",2\n', 3, "more than 131,072 characters"),
        (b"Account,x\n" + b"y" * 1_000_010 + b",2\n", 2, "more than 1,000,000 characters"),
    ],
)
def test_broken_quotes_are_refused_with_their_line(content: bytes, line: int, reason: str) -> None:
    with pytest.raises(Refused, match=f"line {line}.*{reason}"):
        read(content)


def test_marks_inside_of_cells_do_not_mislead() -> None:
    assert read(b'Account,Amount,z\n"a;b;c;d;e","1","|||||"\n')[1] == ["a;b;c;d;e", "1", "|||||"]
    assert read(b"A report, of sorts, on\nAccount;Amount\na, b, c;1\n")[1:] == [["a, b, c", "1"]]
    assert read(b"Account\nAcme, Inc; Ltd\n", delimiter="tab") == [["Account"], ["Acme, Inc; Ltd"]]


def test_the_line_of_a_row_is_where_it_begins() -> None:
    found = opened(b'Account,x\n"a\nb",1\n\nc,2\n"d\n\ne",3\nf,4\n')
    assert [row.line for row in found.rows()] == [2, 5, 6, 9]


def test_ragged_rows_carry_their_fault() -> None:
    found = opened(b"Account,x,y\na,1\nb,1,2\nc,1,2,3\nd,1,2,,\n")
    assert [(row.line, row.fault) for row in found.rows()] == [
        (2, "it has 2 cells, the header has 3"),
        (3, None),
        (4, "it has 4 cells, the header has 3"),
        (5, None),
    ]


REPORT = b""""Opportunity Owner","Account Name","Amount"
"Ada","Hofer","1"
"Ada","Acme","2"
"Grand Totals (2 records)","","3"

"All opportunities"
"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."
"Confidential Information - Do Not Distribute"
"Generated By:  Ada Marsh  3/1/2026 9:15 AM"
"Example Corp"
"""


def test_the_footer_of_a_report_is_left_out_and_told() -> None:
    found = opened(REPORT)
    assert [row.cells[1] for row in found.rows()] == ["Hofer", "Acme"]
    assert [line for line, _ in found.left_out] == [4, 6, 7, 8, 9, 10]


def test_a_report_without_totals_ends_at_its_blank_lines() -> None:
    report = REPORT.replace(b'"Grand Totals (2 records)","","3"\n', b"\n\n")
    assert [row.cells[1] for row in opened(report).rows()] == ["Hofer", "Acme"]


def test_subtotals_between_the_rows_are_left_out() -> None:
    found = opened(b"Account,x,y\na,b,1\nSubtotal,,1\nc,d,2\nTotal,,3\n")
    assert [row.cells[0] for row in found.rows()] == ["a", "c"]


def test_an_account_called_total_and_a_lone_cell_are_no_footer() -> None:
    found = opened(b"Account,x,y\nTotal,,\nTotal,energy,5\na,b,1\n\nlonely\n")
    assert [(row.cells[0], bool(row.fault)) for row in found.rows()] == [
        ("Total", False),
        ("Total", False),
        ("a", False),
        ("lonely", True),
    ]


def test_lines_above_the_header_are_left_out_and_told() -> None:
    found = opened(b"All deals\n\nAccount;x\na;1\n")
    assert found.header == ["Account", "x"] and found.header_line == 3
    assert [row.cells for row in found.rows()] == [["a", "1"]]
    assert found.left_out[0][0] == 1


def test_empty_files_and_missing_ones_are_refused(tmp_path: Path) -> None:
    for content in (b"", b"\n\n", b"\xef\xbb\xbf", b",,\n"):
        with pytest.raises(Refused, match="no rows"):
            opened(content)
    with pytest.raises(Refused, match="can not be read"):
        read_table(tmp_path / "nothing.csv")
    with pytest.raises(Refused, match="can not be read"):
        read_table(tmp_path)
    with pytest.raises(Refused, match="can not be read"):
        read_table("a\0b.csv")


def test_an_endless_stream_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "LARGEST_FILE", 3 << 20)

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return b"Account,x\n" * (size // 10)

    with pytest.raises(Refused, match="more than 3 MB"):
        read_table(Endless())  # type: ignore[arg-type]


def test_a_table_can_be_gone_through_again_after_its_file_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"Account,x\na,1\n")
    found = read_table(path)
    path.write_bytes(b"Account,x\nb,2\n")
    found.find_header(lambda cells: True)
    assert [row.cells for row in found.rows()] == [row.cells for row in found.rows()] == [["a", "1"]]
    assert found.name == "list.csv"
