"""What the audit log says in words: who did what to whom, as one sentence with links."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from scholr.contexts.compliance.facade import Entry
from scholr.kernel.actor import Role
from scholr.kernel.ids import MembershipId
from scholr.web.privacy_words import GROUNDS, PARTS, counted
from scholr.web.roles import ROLE_NAMES

Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """`verb` stands before the subject, `after` behind it. `plain`: the sentence is whole without the subject."""

    verb: str
    after: str = ""
    plain: bool = False
    more: Callable[[Details], str] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as people read it. `subject` "" where the sentence needs none; hrefs None where there is no page."""

    entry: Entry
    who: str
    who_href: str | None
    verb: str
    subject: str
    subject_href: str | None
    after: str
    more: str


def _roles(names: Any) -> str:
    return ", ".join(ROLE_NAMES[Role(name)].lower() for name in names) or "nothing"


def _role_change(details: Details) -> str:
    now = _roles(details["roles"])
    return f"{_roles(details['before'])} until then, {now} from then on" if details["before"] else f"now {now}"


def _points(details: Details) -> str:
    before, after = (f"{details[name] / 1_000_000:g}" for name in ("previous_micro", "earned_micro"))
    return f"one question, from {before} to {after} points"


def _proof(details: Details) -> str:
    return {
        "password": "with the password",
        "password+totp": "with password and code",
        "password+recovery": "with password and recovery code",
        "passkey": "with a passkey",
        "invitation": "through an invitation",
    }.get(details["proof"], "")


def _step(details: Details) -> str:
    return {
        "password": "the password was wrong",
        "code": "the code was wrong",
        "passkey": "the passkey was not accepted",
        "confirm": "the password, asked for again, was wrong",
    }.get(details["step"], "")


def _extra(details: Details) -> str:
    given = (
        (details["extra_time_percent"], f"{details['extra_time_percent']} % more time"),
        (details["extra_time_seconds"], f"{details['extra_time_seconds'] // 60} more minutes"),
        (details["extra_attempts"], f"{details['extra_attempts']} more attempts"),
    )
    return ", ".join(text for amount, text in given if amount)


def _seats(details: Details) -> str:
    return f"{details['capacity']} seats"


def _flag(details: Details) -> str:
    where = "for one cohort, " if details["scope"] == "cohort" else ""
    return f"{where}{details['key']} is {details['variant'] or 'as everywhere'}"


def _choice(details: Details) -> str:
    return f"{details['purpose'].replace('_', ' ')}, {'yes' if details['given'] else 'no'}"


def _answer(details: Details) -> str:
    return f"{details['kind']}, {details['state']}"


def _period(details: Details) -> str:
    return f"{details['kind']}, from {details['before']} to {details['days']} days"


def _ground(details: Details) -> str:
    return GROUNDS[details["ground"]][2]


def _part(details: Details) -> str:
    said = ", ".join(counted(details["counts"])) or "nothing there"
    return f"{PARTS.get(details['part'], details['part']).lower()} ({said})"


def _emptied(details: Details) -> str:
    return f"{details['rows']} {'record' if details['rows'] == 1 else 'records'} emptied or removed"


def _held(details: Details) -> str:
    return "on a member" if details["learner_id"] else "on a course"


def _forgotten(details: Details) -> str:
    return f"{details['kind']}, {details['forgotten']} of them"


WORDS: Mapping[str, Words] = {
    "identity.organization_created": Words("opened the organisation", plain=True),
    "identity.branding_changed": Words("changed how the organisation looks", plain=True),
    "identity.member_added": Words("added", "to the organisation", more=lambda found: f"as {_roles(found['roles'])}"),
    "identity.member_roles_changed": Words("changed the roles of", more=_role_change),
    "identity.member_renamed": Words("changed the name of"),
    "identity.member_suspended": Words("shut out"),
    "identity.member_reactivated": Words("let in again"),
    "identity.member_invited": Words("sent an invitation", plain=True),
    "identity.invitation_accepted": Words("accepted an invitation", plain=True),
    "identity.invitation_revoked": Words("took an invitation back", plain=True),
    "identity.domain_claimed": Words("claimed the domain", plain=True, more=lambda found: str(found["host"])),
    "identity.domain_removed": Words("removed the domain", plain=True, more=lambda found: str(found["host"])),
    "identity.domain_verified": Words("proved the domain", plain=True, more=lambda found: str(found["host"])),
    "identity.choice_made": Words("decided", plain=True, more=_choice),
    "identity.directory_changed": Words(
        "changed what is directory information", plain=True, more=lambda found: ", ".join(found["fields"]) or "nothing"
    ),
    "identity.people_listed": Words("looked at the list of people", plain=True),
    "identity.person_read": Words("looked at the page of"),
    "identity.group_read": Words("looked at who is in", ""),
    "identity.invitations_listed": Words("looked at the invitations", plain=True),
    "auth.signed_in": Words("signed in", plain=True, more=_proof),
    "auth.sign_in_failed": Words("tried to sign in as", more=_step),
    "auth.organization_entered": Words("came over from another organisation", plain=True),
    "auth.session_ended": Words(
        "signed a device out",
        plain=True,
        more=lambda found: "somebody else’s" if found["by_staff"] else "their own",
    ),
    "auth.other_sessions_ended": Words("signed all their other devices out", plain=True),
    "auth.password_changed": Words(
        "set a new password for", more=lambda found: "through a link that was mailed" if found["by_link"] else ""
    ),
    "auth.second_step_enabled": Words("switched the second step on for"),
    "auth.second_step_disabled": Words("switched the second step off for"),
    "auth.recovery_codes_renewed": Words("made new recovery codes for"),
    "auth.passkey_added": Words("added a passkey for"),
    "auth.passkey_removed": Words("removed a passkey of"),
    "auth.token_created": Words("made an API token", plain=True, more=lambda found: ", ".join(found["scopes"])),
    "auth.token_revoked": Words("revoked an API token", plain=True),
    "auth.sign_in_rule_changed": Words(
        "decided of whom a second step is asked",
        plain=True,
        more=lambda found: f"{found['second_step']}, before {found['before']}",
    ),
    "auth.sessions_listed": Words("looked at who is signed in", plain=True),
    "auth.tokens_listed": Words("looked at everybody’s API tokens", plain=True),
    "catalog.course_published": Words("published", more=lambda found: f"version {found['version']}"),
    "catalog.course_archived": Words("archived"),
    "catalog.course_restored": Words("took out of the archive"),
    "enrollment.learner_enrolled": Words("gave a seat to"),
    "enrollment.learner_waitlisted": Words("put on the waiting list"),
    "enrollment.enrolment_declined": Words("refused a seat to"),
    "enrollment.learner_withdrawn": Words("took out of a cohort"),
    "enrollment.cohort_created": Words("opened", more=_seats),
    "enrollment.cohort_changed": Words("changed", more=_seats),
    "enrollment.cohort_instructors_changed": Words("changed who runs"),
    "enrollment.import_started": Words("started", more=lambda found: f"{found['rows']} people"),
    "enrollment.import_undone": Words("took back"),
    "enrollment.roster_read": Words("looked at the people of"),
    "enrollment.roster_exported": Words("took the people of", "as a file"),
    "enrollment.enrolment_read": Words("looked at an enrolment", plain=True),
    "enrollment.import_read": Words("looked at the people in"),
    "enrollment.import_exported": Words("took rows of", "as a file"),
    "learning.certificate_issued": Words("caused a certificate to be issued to"),
    "learning.certificate_withdrawn": Words("withdrew a certificate of"),
    "learning.completion_rule_changed": Words("changed what completes"),
    "learning.progress_read": Words("looked at the progress of"),
    "learning.certificates_read": Words("looked at the certificates of"),
    "learning.certificate_read": Words("looked at a certificate", plain=True),
    "learning.certificates_listed": Words("looked at every certificate", plain=True),
    "learning.report_exported": Words("took the course figures as a file", plain=True),
    "assessment.grade_overridden": Words("changed the grade of", more=_points),
    "assessment.accommodation_given": Words("made an accommodation for", more=_extra),
    "assessment.accommodation_taken_back": Words("took an accommodation back from"),
    "assessment.attempt_read": Words("looked at"),
    "assessment.gradebook_read": Words("looked at the results of"),
    "assessment.gradebook_exported": Words("took the results of", "as a file"),
    "assessment.accommodations_read": Words("looked at the accommodations of"),
    "assessment.keys_read": Words("looked at the answer keys of"),
    "assessment.bank_keys_read": Words("looked at the answer keys of"),
    "sync.state_read": Words("looked at the progress of"),
    "platform.access_refused": Words("was refused something", plain=True, more=lambda found: str(found["permission"])),
    "platform.flag_changed": Words("changed what is switched on", plain=True, more=_flag),
    "compliance.log_read": Words("looked at the audit log", plain=True),
    "compliance.log_exported": Words("took the audit log as a file", plain=True),
    "compliance.erasure_requested": Words("asked for the erasure of", more=_ground),
    "compliance.erasure_withdrawn": Words("took back the request for the erasure of"),
    "compliance.erasure_confirmed": Words("confirmed the erasure of", more=_ground),
    "compliance.erasure_completed": Words("completed the erasure of", more=_emptied),
    "compliance.erasures_read": Words("looked at the erasures", plain=True),
    "platform.part_erased": Words("erased a part of somebody’s data", plain=True, more=_part),
    "compliance.request_made": Words("made a privacy request", plain=True, more=lambda found: str(found["kind"])),
    "compliance.request_answered": Words("answered a privacy request of", more=_answer),
    "compliance.export_asked": Words("asked for a file with the data of"),
    "compliance.export_ready": Words("made a file with the data of"),
    "compliance.hold_placed": Words("placed a legal hold", plain=True, more=_held),
    "compliance.hold_released": Words("released a legal hold", plain=True, more=_held),
    "compliance.retention_changed": Words("changed how long something is kept", plain=True, more=_period),
    "compliance.retention_applied": Words("forgot what was kept long enough", plain=True, more=_forgotten),
    "compliance.privacy_read": Words("looked at requests, holds and retention", plain=True),
    "compliance.record_exported": Words("took the file with the data of"),
}

# What a subject is called whose name is not known here, and the page that it has.
_THINGS: Mapping[str, tuple[str, str | None]] = {
    "membership": ("a former member", "/admin/people/{}"),
    "learner": ("a former member", "/admin/people/{}"),
    "course": ("a course", "/teach/courses/{}"),
    "cohort": ("a cohort", "/teach/cohorts/{}"),
    "attempt": ("an attempt", "/teach/attempts/{}"),
    "assessment": ("an assessment", "/teach/assessments/{}"),
    "bank": ("a question bank", "/teach/banks/{}"),
    "group": ("a group", "/admin/groups/{}"),
    "import": ("an import", "/admin/import/{}"),
}


MEMBERS = ("membership", "learner")
"""Kinds of subjects that are members of the organisation."""

# What the directory calls whoever was erased: a name of nobody.
_FORGOTTEN = "Former member"


def line_of(entry: Entry, people: Mapping[MembershipId, str], courses: Mapping[UUID, str]) -> Line:
    """The sentence of an entry; a code that this version has no words for stands as it is."""
    words = WORDS.get(entry.action, Words(entry.action))
    details: Details = msgspec.json.decode(entry.details)
    who, who_href = _actor(entry, people)
    subject, href = ("", None) if words.plain else _subject(entry, people, courses)
    more = words.more(details) if words.more else ""
    return Line(entry, who, who_href, words.verb, subject, href, words.after, more)


def _actor(entry: Entry, people: Mapping[MembershipId, str]) -> tuple[str, str | None]:
    if entry.actor_id is None:
        return ("The program" if entry.actor_kind == "system" else "Somebody who was not signed in"), None
    name = people.get(MembershipId(entry.actor_id), _FORGOTTEN)
    if name == _FORGOTTEN:
        return "A former member", None
    through = ", through a token," if entry.actor_kind == "token" else ""
    return f"{name}{through}", f"/admin/people/{entry.actor_id}"


def _subject(entry: Entry, people: Mapping[MembershipId, str], courses: Mapping[UUID, str]) -> tuple[str, str | None]:
    thing, path = _THINGS.get(entry.subject_kind, (entry.subject_kind, None))
    href = path.format(entry.subject_id) if path else None
    if entry.subject_kind in MEMBERS:
        if entry.subject_id == entry.actor_id:
            return "themselves", None
        name = people.get(MembershipId(entry.subject_id), _FORGOTTEN)
        return (name, href) if name != _FORGOTTEN else (thing, None)
    if entry.subject_kind == "course":
        return courses.get(entry.subject_id, thing), href
    return thing, href
