"""A superuser with every trigger switched off changes the log, and each time it is found, and where."""

from uuid import UUID

from scholr.contexts.compliance import queries
from scholr.contexts.compliance.adapters.shelves import StoredShelf
from scholr.contexts.compliance.model import Fault
from scholr.contexts.compliance.service.verifying import logs_to_verify
from scholr.kernel.ids import new_id
from tests.contexts.compliance.log import judged, signed, superuser, with_entries
from tests.support.database import TestDatabase
from tests.support.delivery import worker_db
from tests.support.school import School

# One byte of one column, of each column of an entry that can be changed without moving it.
CHANGES = {
    "id": "overlay(id::text placing '9' from 1 for 1)::uuid",
    "happened_at": "happened_at + interval '1 microsecond'",
    "recorded_at": "recorded_at - interval '1 microsecond'",
    "actor_kind": "actor_kind || 'x'",
    "actor_id": "gen_random_uuid()",
    "token_id": "gen_random_uuid()",
    "action": "overlay(action placing 'j' from 1 for 1)",
    "subject_kind": "upper(subject_kind)",
    "subject_id": "translate(subject_id::text, '0123456789abcdef', '123456789abcdef0')::uuid",
    "request_id": "gen_random_uuid()",
    "address": "'203.0.113.0/24'",
    "details": "details || ' '",
    "prev_hash": "set_byte(prev_hash, 7, (get_byte(prev_hash, 7) + 1) % 256)",
    "hash": "set_byte(hash, 31, (get_byte(hash, 31) + 1) % 256)",
}
_WHERE = "where tenant_id = $1 and seq = $2"


async def test_an_untouched_log_is_whole(school: School) -> None:
    entries = await with_entries(school, 4)
    assert await signed(school) == len(entries)
    verdict = await judged(school.platform, school.tenant_id)
    assert verdict.is_whole
    assert (verdict.entries, verdict.checkpoints, verdict.signed_upto) == (len(entries), 1, len(entries))


async def test_a_single_changed_byte_of_any_column_is_found(school: School, database: TestDatabase) -> None:
    await with_entries(school, 5)
    async with superuser(database) as admin:
        for column, value in CHANGES.items():
            before = await admin.fetchval(f"select {column} from compliance_entry {_WHERE}", school.tenant_id, 4)
            await admin.execute(f"update compliance_entry set {column} = {value} {_WHERE}", school.tenant_id, 4)
            found = (await judged(school.platform, school.tenant_id)).findings
            assert (found[0].seq, found[0].fault) == (4, Fault.CHANGED), column
            await admin.execute(f"update compliance_entry set {column} = $3 {_WHERE}", school.tenant_id, 4, before)
    assert (await judged(school.platform, school.tenant_id)).is_whole


async def test_every_column_of_an_entry_is_tried(database: TestDatabase) -> None:
    async with superuser(database) as admin:
        rows = await admin.fetch(
            "select attname from pg_attribute where attrelid = 'compliance_entry'::regclass"
            " and attnum > 0 and not attisdropped"
        )
    assert {row["attname"] for row in rows} == {*CHANGES, "tenant_id", "seq"}


async def test_a_removed_entry_is_found(school: School, database: TestDatabase) -> None:
    await with_entries(school, 5)
    async with superuser(database) as admin:
        await admin.execute(f"delete from compliance_entry {_WHERE}", school.tenant_id, 3)
    found = (await judged(school.platform, school.tenant_id)).findings
    assert (found[0].seq, found[0].fault) == (3, Fault.MISSING)


async def test_a_removed_entry_is_found_when_the_rest_moved_up(school: School, database: TestDatabase) -> None:
    entries = await with_entries(school, 5)
    async with superuser(database) as admin:
        await admin.execute(f"delete from compliance_entry {_WHERE}", school.tenant_id, 3)
        for seq in range(4, len(entries) + 1):
            await admin.execute(f"update compliance_entry set seq = seq - 1 {_WHERE}", school.tenant_id, seq)
    found = (await judged(school.platform, school.tenant_id)).findings
    assert (found[0].seq, found[0].fault) == (3, Fault.REORDERED)
    assert "written as entry 4" in found[0].sentence


async def test_a_reordered_pair_is_found(school: School, database: TestDatabase) -> None:
    await with_entries(school, 5)
    async with superuser(database) as admin:
        for old, new in ((3, 1000), (4, 3), (1000, 4)):
            await admin.execute(f"update compliance_entry set seq = $3 {_WHERE}", school.tenant_id, old, new)
    found = (await judged(school.platform, school.tenant_id)).findings
    assert [(each.seq, each.fault) for each in found] == [(3, Fault.REORDERED), (4, Fault.REORDERED)]


async def test_the_removed_last_entry_is_found(school: School, database: TestDatabase) -> None:
    last = len(await with_entries(school, 3))
    async with superuser(database) as admin:
        await admin.execute(f"delete from compliance_entry {_WHERE}", school.tenant_id, last)
    found = (await judged(school.platform, school.tenant_id)).findings
    assert (found[0].seq, found[0].fault) == (last, Fault.MISSING)


async def _cut(database: TestDatabase, tenant_id: UUID, last: int) -> None:
    """Remove everything after `last`, and let the chain believe that it ended there."""
    async with superuser(database) as admin:
        await admin.execute("delete from compliance_entry where tenant_id = $1 and seq > $2", tenant_id, last)
        await admin.execute(
            "update compliance_chain c set seq = e.seq, hash = e.hash from compliance_entry e"
            " where c.tenant_id = $1 and e.tenant_id = $1 and e.seq = $2",
            tenant_id,
            last,
        )


async def test_a_tail_that_was_cut_off_behind_a_checkpoint_is_found(school: School, database: TestDatabase) -> None:
    await with_entries(school, 4)
    at = await signed(school)
    await _cut(database, school.tenant_id, at - 2)
    async with superuser(database) as admin:
        await admin.execute("delete from compliance_checkpoint where tenant_id = $1", school.tenant_id)
        await admin.execute("delete from platform_inbox where tenant_id = $1", school.tenant_id)
    found = (await judged(school.platform, school.tenant_id)).findings
    assert {each.fault for each in found} == {Fault.CHECKPOINT_MISSING, Fault.SHORTER}
    assert (await judged(school.platform, school.tenant_id, outside=False)).is_whole, "what a checkpoint outside is for"


async def test_a_tail_that_was_cut_off_after_the_last_checkpoint_is_found(
    school: School, database: TestDatabase
) -> None:
    await with_entries(school, 2)
    at = await signed(school)
    await with_entries(school, 2)
    await _cut(database, school.tenant_id, at)
    found = (await judged(school.platform, school.tenant_id)).findings
    assert [each.fault for each in found] == [Fault.MISSING, Fault.MISSING]


async def test_a_log_that_is_gone_altogether_is_found(school: School, database: TestDatabase) -> None:
    await with_entries(school, 2)
    at = await signed(school)
    async with superuser(database) as admin:
        for table in ("compliance_entry", "compliance_chain", "compliance_checkpoint", "platform_inbox"):
            await admin.execute(f"delete from {table} where tenant_id = $1", school.tenant_id)
    shelf = StoredShelf(school.platform.storage)
    worker = await worker_db(school.platform)
    assert school.tenant_id not in await queries.organizations_with_a_log(worker)
    assert school.tenant_id in await logs_to_verify(worker, shelf)
    found = (await judged(school.platform, school.tenant_id)).findings
    assert {(each.seq, each.fault) for each in found} == {(at, Fault.CHECKPOINT_MISSING), (at, Fault.SHORTER)}


async def test_a_chain_that_was_written_anew_is_found_by_its_checkpoint(school: School, database: TestDatabase) -> None:
    """Somebody who can do everything in the database hashes all of it again, as the program would have."""
    last = len(await with_entries(school, 4))
    await signed(school)
    async with superuser(database) as admin:
        await admin.execute(f"update compliance_entry set actor_kind = 'person' {_WHERE}", school.tenant_id, 2)
        for seq in range(2, last + 1):
            await admin.execute(
                "update compliance_entry e set prev_hash = p.hash from compliance_entry p"
                " where e.tenant_id = $1 and e.seq = $2 and p.tenant_id = $1 and p.seq = $2 - 1",
                school.tenant_id,
                seq,
            )
            await admin.execute(
                f"update compliance_entry e set hash = sha256(prev_hash || compliance_encode(e)) {_WHERE}",
                school.tenant_id,
                seq,
            )
        await admin.execute(
            "update compliance_chain c set hash = e.hash from compliance_entry e"
            " where c.tenant_id = $1 and e.tenant_id = $1 and e.seq = c.seq",
            school.tenant_id,
        )
    found = (await judged(school.platform, school.tenant_id)).findings
    assert [(each.seq, each.fault) for each in found] == [(last, Fault.CONTRADICTED)]


async def test_entries_swapped_between_organisations_are_found(
    school: School, other_school: School, database: TestDatabase
) -> None:
    await with_entries(school, 3)
    await with_entries(other_school, 3)
    spare = new_id()
    async with superuser(database) as admin:
        for old, new in (
            (school.tenant_id, spare),
            (other_school.tenant_id, school.tenant_id),
            (spare, other_school.tenant_id),
        ):
            await admin.execute(f"update compliance_entry set tenant_id = $3 {_WHERE}", old, 3, new)
    for each in (school, other_school):
        found = (await judged(each.platform, each.tenant_id)).findings
        assert (found[0].seq, found[0].fault) == (3, Fault.CHANGED)


async def test_a_forged_checkpoint_is_found(school: School, database: TestDatabase) -> None:
    await with_entries(school, 3)
    await signed(school)
    async with superuser(database) as admin:
        await admin.execute(
            "update compliance_checkpoint set hash = sha256('mine'), signature = sha512('mine') where tenant_id = $1",
            school.tenant_id,
        )
    found = (await judged(school.platform, school.tenant_id)).findings
    assert Fault.UNSIGNED in {each.fault for each in found}


async def test_entries_beyond_the_end_are_found(school: School, database: TestDatabase) -> None:
    last = len(await with_entries(school, 3))
    async with superuser(database) as admin:
        await admin.execute("update compliance_chain set seq = seq - 1 where tenant_id = $1", school.tenant_id)
    found = (await judged(school.platform, school.tenant_id)).findings
    assert (last, Fault.HEAD) in [(each.seq, each.fault) for each in found]
