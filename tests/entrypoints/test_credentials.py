"""The names and addresses of the logins that Scholr makes for itself."""

import pytest

from scholr.entrypoints.credentials import Credentials, addresses, declared_addresses, login_name
from scholr.platform.db.roles import GROUPS, LONGEST_NAME

CREDENTIALS = Credentials(key="00", app_password="one", worker_password="two")


@pytest.mark.parametrize("database", ["scholr", "scholr_app", "school", "postgres", "ü" * 31, "x" * 63, "x" * 58])
def test_no_login_is_a_group_or_too_long_or_the_other_one(database: str) -> None:
    app, worker = login_name(database, "app"), login_name(database, "worker")
    for name in (app, worker):
        assert name not in GROUPS
        assert len(name.encode()) <= LONGEST_NAME
    assert app != worker


def test_every_database_has_logins_of_its_own() -> None:
    databases = ["scholr", "scholr_app", "scholr_app_login", "x" * 62, "x" * 63]
    names = [login_name(database, "app") for database in databases]
    assert len(set(names)) == len(names)


def test_the_addresses_lead_to_the_same_database_as_other_people() -> None:
    found = addresses("postgresql://root:secret@db.example:5433/my%20school?sslmode=require", CREDENTIALS)
    assert found.app == "postgresql://my%20school_app:one@db.example:5433/my%20school?sslmode=require"
    assert found.worker == "postgresql://my%20school_worker:two@db.example:5433/my%20school?sslmode=require"
    assert [login.name for login in found.logins] == ["my school_app", "my school_worker"]


def test_logins_that_a_deployment_names_are_made_as_it_says_and_others_are_left_alone() -> None:
    found = declared_addresses(
        "postgresql://root@db.example/school",
        app="postgresql://we%40b:one%2Ftwo@db.example/school",
        worker="postgresql://jobs@db.example/school?sslcert=own",
    )
    assert [(login.name, login.password, login.group) for login in found.logins] == [("we@b", "one/two", "scholr_app")]
    assert found.worker == "postgresql://jobs@db.example/school?sslcert=own"
