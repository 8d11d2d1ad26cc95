"""People who look after the deployment."""

from datetime import UTC, datetime

import asyncpg

from scholr.contexts.auth import facade as auth
from scholr.kernel.actor import Actor, ActorKind
from scholr.platform.runtime import Platform
from tests.support.accounts import PASSWORD, Account
from tests.support.database import TestDatabase
from tests.support.school import School


async def make_operator(database: TestDatabase, email: str) -> str:
    """As `scholr operator add` does; returns what it came to."""
    admin = await asyncpg.connect(database.admin)
    try:
        return await auth.add_operator(admin, email=email, by="a test", now=datetime.now(UTC))
    finally:
        await admin.close()


async def operator_of(platform: Platform, database: TestDatabase, school: School) -> Account:
    """An operator who belongs to no organisation; the address is the school's own, since tests share the database."""
    email = f"operator.{school.tenant_id.hex[-12:]}@example.org"
    person_id = await auth.create_person_with_password(platform, email=email, name="Yuki Ono", password=PASSWORD)
    await make_operator(database, email)
    return Account(email, PASSWORD, Actor(ActorKind.PERSON, person_id=person_id))
