"""What roles are called, and what they are for, in words for people."""

from collections.abc import Mapping

from scholr.kernel.actor import Role

ROLE_NAMES: Mapping[Role, str] = {
    Role.LEARNER: "Learner",
    Role.INSTRUCTOR: "Instructor",
    Role.ASSISTANT: "Teaching assistant",
    Role.OBSERVER: "Observer",
    Role.AUDITOR: "Auditor",
    Role.ADMIN: "Administrator",
    Role.OWNER: "Owner",
}

ROLE_MEANINGS: Mapping[Role, str] = {
    Role.LEARNER: "Takes courses.",
    Role.INSTRUCTOR: "Writes courses, runs cohorts, grades.",
    Role.ASSISTANT: "Helps an instructor: sees people, answers, grades.",
    Role.OBSERVER: "Looks over the shoulder of learners.",
    Role.AUDITOR: "Sees everything, changes nothing.",
    Role.ADMIN: "Manages people, catalogue and settings.",
    Role.OWNER: "May do everything, also make other owners.",
}
