"""Service accounts: under which subject and label a machine shows."""

from apps.people.models import ServiceAccount
from apps.pseudonyms import identities
from apps.pseudonyms import queries as pseudonyms
from apps.pseudonyms.identities import Identity


def service_identity(identity: str) -> Identity:
    """Return the identity under which a service account's usage arrives."""
    return identities.reported(identity)


def is_service_identity(identity: str) -> bool:
    """Tell whether usage under this identity counts as a machine's."""
    wanted = service_identity(identity)
    known = pseudonyms.known_subjects([wanted]).get(wanted)
    return known is not None and known.is_service


def service_labels() -> dict[int, str]:
    """Return the label of each service account under the subject of its identity."""
    labels = {service_identity(row.identity): row.label for row in ServiceAccount.objects.all()}
    known = pseudonyms.known_subjects(labels)
    return {ref.subject: labels[identity] for identity, ref in known.items()}
