"""What other rooms may do here: enrol and find subjects, resolve claims, keep release keys."""

from apps.pseudonyms.actions.claims import (
    AlreadyClaimed,
    UnknownSubject,
    add_alias,
    claim,
    readmit,
    refuse,
)
from apps.pseudonyms.actions.enrolment import enrol_people, enrol_service
from apps.pseudonyms.actions.forgetting import forget_person
from apps.pseudonyms.actions.release_keys import (
    ReleaseKeyView,
    create_release_key,
    destroy_release_key,
)
from apps.pseudonyms.actions.scattering import scatter
from apps.pseudonyms.actions.subjects import subjects_for
from apps.pseudonyms.enrolling import IdentityTaken

__all__ = [
    "AlreadyClaimed",
    "IdentityTaken",
    "ReleaseKeyView",
    "UnknownSubject",
    "add_alias",
    "claim",
    "create_release_key",
    "destroy_release_key",
    "enrol_people",
    "enrol_service",
    "forget_person",
    "readmit",
    "refuse",
    "scatter",
    "subjects_for",
]
