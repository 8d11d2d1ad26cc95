import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.contexts.enrollment.errors import RosterUnreadable
from scholr.contexts.enrollment.importing import (
    ImportRow,
    RejectedRow,
    normalise_email,
    open_roster,
    read_rows,
    spreadsheet_safe,
)
from scholr.kernel.actor import Role


def read(text: str | bytes) -> list[ImportRow | RejectedRow]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_rows(open_roster(data)))


def rows(text: str | bytes) -> list[tuple[int, str, str]]:
    return [(row.row, row.email, row.name) for row in read(text) if isinstance(row, ImportRow)]


def codes(text: str | bytes) -> list[tuple[int, list[str]]]:
    rejected = [row for row in read(text) if isinstance(row, RejectedRow)]
    return [(row.row, [problem.code for problem in row.problems]) for row in rejected]


@pytest.mark.parametrize(
    "text",
    [
        "email,name\na@b.example,Ada\n",
        "E-Mail;Name\na@b.example;Ada\n",
        "email\tname\r\na@b.example\tAda\r\n",
        "sep=;\r\nName;E-mail address\r\nAda;A@B.example\r\n",
        '"email","name"\n"a@b.example","Ada"',
        "\ufeffemail,name\na@b.example,Ada\n",
        "email, name, shoe size\na@b.example, Ada, 38\n",
    ],
)
def test_reads_what_spreadsheets_write(text: str) -> None:
    assert [row[1:] for row in rows(text)] == [("a@b.example", "Ada")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_recognises_the_encoding(encoding: str) -> None:
    assert rows("email,name\ns@b.example,Søren\n".encode(encoding)) == [(2, "s@b.example", "Søren")]


def test_fills_in_what_the_file_does_not_say() -> None:
    found = read("email,first name,last name,role,group\na@b.example,Ada,Lovelace,,\nb@b.example,B,,Instructor,Nursing")
    assert found == [
        ImportRow(2, "a@b.example", "Ada Lovelace", Role.LEARNER, "", ""),
        ImportRow(3, "b@b.example", "B", Role.INSTRUCTOR, "Nursing", ""),
    ]


def test_numbers_rows_as_a_spreadsheet_does() -> None:
    text = 'email,name\na@b.example,"Ada\nLovelace"\n\n,\nb@b.example,Bea\n'
    assert rows(text) == [(2, "a@b.example", "Ada Lovelace"), (5, "b@b.example", "Bea")]


def test_explains_each_bad_row_and_keeps_the_others() -> None:
    text = (
        "email,name,role\n"
        "a@b.example,Ada,\n"
        "s@holm,Søren,\n"
        ",Nobody,\n"
        "A@b.example,Ada again,\n"
        "o@b.example,,owner\n"
        "x@b.example,X,learner,extra\n"
        "z@b.example,Zoe,\n"
    )
    assert [row[0] for row in rows(text)] == [2, 8]
    assert codes(text) == [
        (3, ["email_invalid"]),
        (4, ["email_missing"]),
        (5, ["email_repeated"]),
        (6, ["name_missing", "role_unknown"]),
        (7, ["too_many_cells"]),
    ]
    repeated = read(text)[3]
    assert isinstance(repeated, RejectedRow)
    assert repeated.problems[0].message == "Same address as row 2."


@pytest.mark.parametrize("text", ["", "\n", "name\nAda\n", "email,mail\na,b\n", 'email,"name\n', "\0\0\0"])
def test_refuses_a_file_without_a_usable_head(text: str) -> None:
    with pytest.raises(RosterUnreadable) as refused:
        open_roster(text.encode())
    assert set(refused.value.fields) == {"file"}


def test_says_where_the_quoting_breaks() -> None:
    text = 'email,name\na@b.example,Ada\nb@b.example,"Bea\nc@b.example,Cleo\n'
    assert rows(text) == [(2, "a@b.example", "Ada")]
    assert codes(text) == [(3, ["unreadable"])]


def test_tells_which_columns_are_ignored() -> None:
    assert open_roster(b"email;Shoe size;name\n").ignored == ("Shoe size",)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"email,name\n{text}".encode(errors="replace")))
def test_any_file_is_read_or_explained(data: bytes) -> None:
    try:
        roster = open_roster(data)
    except RosterUnreadable:
        return
    found = list(read_rows(roster))
    assert found == list(read_rows(roster))
    assert [row.row for row in found] == sorted(row.row for row in found)
    for row in found:
        if isinstance(row, RejectedRow):
            assert row.problems
        else:
            assert normalise_email(row.email) == row.email


CELL = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=20) | st.sampled_from(
    ['"', "a;b", "a,b", "x\ny"]
)


@given(st.lists(CELL, max_size=8), st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]))
def test_every_row_that_was_written_comes_back(names: list[str], delimiter: str, ending: str) -> None:
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=delimiter, lineterminator=ending)
    writer.writerow(["email", "name"])
    for number, name in enumerate(names):
        writer.writerow([f"p{number}@b.example", name])
    found = read(sheet.getvalue())
    assert [row.row for row in found] == list(range(2, len(names) + 2))
    for row, name in zip(found, names, strict=True):
        if isinstance(row, ImportRow):
            assert row.name == " ".join(name.split())


@pytest.mark.parametrize(
    ("text", "email"),
    [
        (" Ada@B.Example ", "ada@b.example"),
        ("mailto:ada@b.example", "ada@b.example"),
        ("Ada Lovelace <ada@b.example>", "ada@b.example"),
        ("ada\u200b@b.example", "ada@b.example"),
        ("ada+tag@b.example", "ada+tag@b.example"),
        ("ada@münchen.example", "ada@münchen.example"),
    ],
)
def test_addresses_are_compared_in_one_form(text: str, email: str) -> None:
    assert normalise_email(text) == email
    assert normalise_email(email) == email


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@b.example",
        "ada@b",
        "a b@c.example",
        "a@b@c.example",
        "a@b.example,c@d.example",
        "a\0@b.example",
    ],
)
def test_refuses_what_is_no_address(text: str) -> None:
    assert normalise_email(text) is None


def test_a_cell_is_never_a_formula() -> None:
    assert spreadsheet_safe('=HYPERLINK("https://evil.example")').startswith("'=")
    assert spreadsheet_safe("Ada") == "Ada"
