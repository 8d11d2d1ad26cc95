"""Who may do what in enrollment. Whether an instructor runs *this* cohort is checked in `repository.access_cohort`."""

from datetime import date

from scholr.kernel.actor import Role
from scholr.platform.audit import Look
from scholr.platform.flags.flag import Flag
from scholr.platform.security.permissions import Permission

_STAFF = frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR})

MANAGE_COHORTS = Permission("enrollment.manage_cohorts", _STAFF, "enrollments:write")
ENROL_OTHERS = Permission("enrollment.enrol_others", _STAFF, "enrollments:write")
ENROL_SELF = Permission("enrollment.enrol_self", frozenset(Role), "enrollments:write")
SEE_COHORTS = Permission(
    "enrollment.see_cohorts",
    frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.ASSISTANT, Role.AUDITOR}),
    "enrollments:read",
)
SEE_OWN = Permission("enrollment.see_own", frozenset(Role), "enrollments:read")
IMPORT_PEOPLE = Permission("enrollment.import_people", frozenset({Role.OWNER, Role.ADMIN}), "people:write")

PERMISSIONS = (MANAGE_COHORTS, ENROL_OTHERS, ENROL_SELF, SEE_COHORTS, SEE_OWN, IMPORT_PEOPLE)

# Looks at records of others; see scholr.platform.audit.
ROSTER_READ = Look("enrollment.roster_read", "cohort")
ROSTER_EXPORTED = Look("enrollment.roster_exported", "cohort", every_time=True)
ENROLMENT_READ = Look("enrollment.enrolment_read", "enrollment")
IMPORT_READ = Look("enrollment.import_read", "import")
IMPORT_EXPORTED = Look("enrollment.import_exported", "import", every_time=True)

LOOKS = (ROSTER_READ, ROSTER_EXPORTED, ENROLMENT_READ, IMPORT_READ, IMPORT_EXPORTED)

IMPORTS = Flag(
    key="enrollment.imports",
    description="Importing people from files. Off: nothing is taken in, and imports that run wait.",
    owner="enrollment",
    expires=date(2027, 11, 30),
    sentence="Importing people is switched off for the moment. Nothing was changed; an import that had begun waits.",
)
FLAGS = (IMPORTS,)
