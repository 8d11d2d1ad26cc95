"""Controls, the Trust Services Criteria that they answer, and the evidence of each: see docs/security/soc2.md."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Control:
    """`evidence` names parts that are collected; `outside` says what only people can show, and where."""

    id: str
    criteria: tuple[str, ...]
    says: str
    evidence: tuple[str, ...] = ()
    outside: str = ""


CONTROLS = (
    Control(
        "organization",
        ("CC1.1", "CC1.3", "CC1.4", "CC2.2", "CC5.3"),
        "People who run the deployment know what is expected of them.",
        outside="policies, job descriptions and training records are the operator's own papers",
    ),
    Control(
        "risk",
        ("CC3.1", "CC3.2", "CC3.3", "CC3.4", "CC9.1"),
        "Risks are named and reviewed.",
        outside="the operator's risk register, and its reviews",
    ),
    Control(
        "vendors",
        ("CC9.2",),
        "Everything that is shipped is known by name, version and hash.",
        ("software", "sbom"),
    ),
    Control("isolation", ("CC6.1", "C1.1"), "No organisation sees another one's rows.", ("database",)),
    Control(
        "least_privilege",
        ("CC5.2", "CC6.1", "CC6.3"),
        "The program's logins may do what they need, and roles say what people may.",
        ("database", "access"),
    ),
    Control(
        "access_review", ("CC6.2", "CC6.3"), "Who has more rights than a learner is reviewed.", ("access", "activity")
    ),
    Control(
        "operators",
        ("CC6.2", "CC6.4", "CC6.5"),
        "Who operates the deployment and can reach its machines is known, and gone people are shut out.",
        ("operators",),
        "accounts of the hosting platform, and of whoever holds the database's administrator",
    ),
    Control("sign_in", ("CC6.1", "CC6.6", "CC7.2"), "Wrong sign-ins are seen and slowed.", ("activity", "access")),
    Control(
        "transmission",
        ("CC6.6", "CC6.7"),
        "Traffic is encrypted, and what is sent out is recorded.",
        ("settings", "activity"),
    ),
    Control("malware", ("CC6.8",), "Only known software runs.", ("software", "sbom")),
    Control("audit_log", ("CC2.1", "CC4.1", "CC7.2", "CC7.3"), "What is done is entered, unalterably.", ("audit",)),
    Control("monitoring", ("CC4.1", "CC7.1", "CC7.2", "A1.1"), "Objectives are measured.", ("objectives",)),
    Control(
        "incidents",
        ("CC4.2", "CC7.3", "CC7.4", "CC7.5"),
        "What goes wrong is noticed, handled and learned from.",
        ("background", "flags", "operators"),
        "minutes of incidents and what was changed after them",
    ),
    Control(
        "change",
        ("CC5.1", "CC8.1"),
        "Changes are reviewed, tested and traceable to a version.",
        ("schema", "software", "flags"),
        "reviews and pipeline runs of the repository",
    ),
    Control("processing", ("CC7.1", "A1.2"), "Background work ends, and what fails is seen.", ("background",)),
    Control(
        "recovery",
        ("A1.2", "A1.3", "CC9.1"),
        "Backups are made, and restoring is practised.",
        ("drills",),
    ),
    Control("configuration", ("CC6.1", "CC7.1"), "The deployment is set up as it should be.", ("settings", "schema")),
    Control(
        "confidentiality",
        ("C1.1", "C1.2"),
        "What is confidential is kept apart and deleted when its time has come.",
        ("database", "activity", "retention", "holds"),
    ),
    Control(
        "privacy",
        ("P1.1", "P2.1", "P3.1", "P3.2", "P4.1", "P4.2", "P4.3", "P5.1", "P5.2", "P6.1", "P6.7", "P7.1", "P8.1"),
        "People's data are used as they were told, and shown, mended and erased when they ask.",
        ("activity", "erasures", "retention", "holds"),
        "the privacy notice, agreements with those who process data, and answers to complaints",
    ),
)
