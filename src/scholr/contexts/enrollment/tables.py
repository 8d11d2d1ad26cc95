"""Table definitions of enrollment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from scholr.platform.db.personal import About, Erasure, Holder, Kind, Whose, describe, nobodys, of
from scholr.platform.db.tables import Base, TenantRow, TenantScoped, Timestamps, within_tenant


class CohortRow(TenantRow, Timestamps, Base):
    """`taken` counts active enrolments, `waiting` those in the queue; whoever changes one holds this row's lock.

    From `opens_at` to `closes_at` people may enrol themselves; `starts_at` and `ends_at` are the teaching itself.
    """

    __tablename__ = "enrollment_cohort"
    __table_args__ = (
        CheckConstraint("capacity between 1 and 1000000", "capacity"),
        CheckConstraint("taken between 0 and capacity", "seats"),
        CheckConstraint("waiting >= 0", "waiting"),
        CheckConstraint("mode in ('self', 'approval', 'staff')", "mode"),
        CheckConstraint("status in ('open', 'closed')", "status"),
        CheckConstraint("opens_at < closes_at", "window"),
        CheckConstraint("starts_at < ends_at", "dates"),
        Index("ix_enrollment_cohort_course", "tenant_id", "course_id", "id"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    course_id: Mapped[UUID]
    name: Mapped[str]
    mode: Mapped[str] = mapped_column(server_default="self")
    status: Mapped[str] = mapped_column(server_default="open")
    waitlist: Mapped[bool] = mapped_column(server_default=text("true"))
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(server_default="0")
    waiting: Mapped[int] = mapped_column(server_default="0")
    last_place: Mapped[int] = mapped_column(BigInteger, server_default="0")
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]


class EnrollmentRow(TenantRow, Timestamps, Base):
    """One learner in one cohort, whatever became of it. `place` orders the queue; the smallest is next.

    `since` is when the seat was got; `extended_until` is this learner's own end, where it is later than the cohort's.
    `import_id` names the import that made or revived this row. `enrolled_by` is the member who gave the seat or the
    place in the queue; null where the learner took it.
    """

    __tablename__ = "enrollment_enrollment"
    __table_args__ = (
        within_tenant("cohort_id", "enrollment_cohort"),
        CheckConstraint("status in ('active', 'pending', 'waitlisted', 'withdrawn', 'declined')", "status"),
        CheckConstraint("(status = 'waitlisted') = (place is not null)", "place"),
        CheckConstraint("status <> 'active' or since is not null", "since"),
        Index("uq_enrollment_enrollment_learner", "tenant_id", "cohort_id", "learner_id", unique=True),
        Index("ix_enrollment_enrollment_of_learner", "tenant_id", "learner_id", "course_id"),
        Index(
            "ix_enrollment_enrollment_of_course",
            "tenant_id",
            "course_id",
            "learner_id",
            postgresql_where=text("status = 'active'"),
        ),
        Index(
            "uq_enrollment_enrollment_place",
            "tenant_id",
            "cohort_id",
            "place",
            unique=True,
            postgresql_where=text("status = 'waitlisted'"),
        ),
        Index(
            "ix_enrollment_enrollment_pending",
            "tenant_id",
            "cohort_id",
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_enrollment_enrollment_import",
            "tenant_id",
            "import_id",
            postgresql_where=text("import_id is not null"),
        ),
    )

    cohort_id: Mapped[UUID]
    course_id: Mapped[UUID]
    learner_id: Mapped[UUID]
    status: Mapped[str]
    place: Mapped[int | None] = mapped_column(BigInteger)
    since: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    extended_until: Mapped[datetime | None]
    import_id: Mapped[UUID | None]
    enrolled_by: Mapped[UUID | None]


class InstructorRow(TenantScoped, Timestamps, Base):
    """Who runs a cohort beside the organisation's administrators."""

    __tablename__ = "enrollment_instructor"
    __table_args__ = (
        within_tenant("cohort_id", "enrollment_cohort"),
        Index("ix_enrollment_instructor_of", "tenant_id", "instructor_id"),
    )

    cohort_id: Mapped[UUID] = mapped_column(primary_key=True)
    instructor_id: Mapped[UUID] = mapped_column(primary_key=True)


class FinishedRow(TenantScoped, Base):
    """A learner has finished a course, as learning announced it: who may enter the courses that come after it."""

    __tablename__ = "enrollment_finished"

    learner_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    finished_at: Mapped[datetime]


class ImportRow(TenantRow, Timestamps, Base):
    """One file of people. `file` is what was sent, until it has been read into rows.

    `done` counts the rows of the step that is running. `may_wait`: whom a cohort has no seat for joins its queue.
    """

    __tablename__ = "enrollment_import"
    __table_args__ = (
        within_tenant("cohort_id", "enrollment_cohort"),
        CheckConstraint(
            "status in ('checking', 'ready', 'unreadable', 'running', 'done', 'undoing', 'undone')", "status"
        ),
    )

    filename: Mapped[str]
    status: Mapped[str]
    cohort_id: Mapped[UUID | None]
    may_wait: Mapped[bool] = mapped_column(server_default=text("false"))
    author_id: Mapped[UUID | None]
    file: Mapped[bytes | None]
    problem: Mapped[str | None]
    total: Mapped[int] = mapped_column(server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ImportLineRow(TenantScoped, Base):
    """One row of a file: what it says, what it will do (`action`), and once `done`, what it did.

    `member_id` is the person's, or for an `add` the one that the new membership will get: so a repetition can tell
    whom this import has created. `problems` is a JSON list of `importing.CellProblem` with a `fix`.
    """

    __tablename__ = "enrollment_import_row"
    __table_args__ = (
        within_tenant("import_id", "enrollment_import", on_delete="CASCADE"),
        CheckConstraint("action in ('add', 'enrol', 'same', 'error', 'left_out')", "action"),
        Index("ix_enrollment_import_row_action", "tenant_id", "import_id", "action", "row"),
        Index("ix_enrollment_import_row_email", "tenant_id", "import_id", "email"),
    )

    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    cohort: Mapped[str]
    course: Mapped[str]
    cohort_id: Mapped[UUID | None]
    course_id: Mapped[UUID | None]
    member_id: Mapped[UUID | None]
    action: Mapped[str]
    problems: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default=text("'[]'"))
    done: Mapped[bool] = mapped_column(server_default=text("false"))
    created: Mapped[bool | None]
    seat: Mapped[str | None]


_LEARNER = Whose("learner_id")

describe(
    "enrollment_enrollment",
    About(
        "Which courses the person is or was enrolled in, and by whom",
        _LEARNER,
        of(Kind.BEHAVIOUR, "status", "place", "since", "ended_at", "extended_until") | of(Kind.TRACE, "enrolled_by"),
        ("cohort_id", "course_id", "import_id"),
    ),
)
describe(
    "enrollment_finished",
    About("Which courses the person has finished", _LEARNER, of(Kind.ASSESSMENT, "finished_at"), ("course_id",)),
)
describe(
    "enrollment_instructor",
    About("Which cohorts the person runs", Whose("instructor_id"), things=("cohort_id",)),
)
describe(
    "enrollment_import_row",
    About(
        "A row of a list of people that staff has sent",
        Whose("email", Holder.ADDRESS),
        of(Kind.CONTACT, "email")
        | of(Kind.IDENTITY, "name")
        | of(Kind.BEHAVIOUR, "role", "member_id", "created", "action", "seat", "done", "cohort", "course")
        | of(Kind.WORDS, "problems"),
        ("import_id", "row", "cohort_id", "course_id"),
        retention="imports",
        erasure=Erasure.BLANKED,
    ),
)
describe(
    "enrollment_import",
    About(
        "A list of people that staff has sent; the file itself is gone once its rows are read",
        None,
        of(Kind.TRACE, "author_id") | of(Kind.IDENTITY, "file"),
        ("filename", "status", "cohort_id", "problem"),
        retention="imports",
        erasure=Erasure.EXPIRES,
        withheld={"file": "it is about many people; the person's own row is exported with the rows"},
    ),
)
describe("enrollment_cohort", nobodys("A group that takes a course together", "course_id", "name", "mode", "status"))
