"""Every column says what it holds of people, and nothing is declared that is not there."""

from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, Table, Text, Uuid

from scholr.contexts.compliance import facade as compliance
from scholr.entrypoints import records
from scholr.migrations.metadata import METADATA
from scholr.platform.db.personal import About, Kind, Whose, about, describe, nobodys, of, undeclared


def test_every_column_is_declared() -> None:
    missing = records.missing()
    assert missing == [], "say in the context's tables.py with describe() what these hold: " + ", ".join(missing)


def test_a_column_that_is_not_there_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="no column nickname"):
        describe("identity_person", About("An account", Whose("id"), of(Kind.IDENTITY, "nickname")))


def test_a_new_text_is_found_in_every_sort_of_table() -> None:
    for said in (nobodys("A thing"), About("Somebody's", Whose("learner_id"), of(Kind.BEHAVIOUR, "seen"))):
        table = Table("made_up", MetaData(), Column("id", Uuid), Column("learner_id", Uuid), Column("nickname", Text))
        table.info["personal"] = said
        assert "nickname" in undeclared(table)
    assert undeclared(Table("other", MetaData(), Column("seen", Text))) == ["seen"]


def test_every_period_that_a_table_names_exists() -> None:
    kinds = {period.kind for period in compliance.PERIODS}
    said = {found.retention for table in METADATA.tables.values() if (found := about(table)) is not None}
    sentences = {"as long as the membership", "as long as the account", "until it is done", "for ever"}
    assert said - kinds == sentences


def test_the_records_of_processing_are_current() -> None:
    page = (Path(__file__).parents[2] / "docs/operations/personal-data.md").read_text()
    assert page == records.as_markdown(), "run `scholr privacy records > docs/operations/personal-data.md`"
