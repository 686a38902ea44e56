"""The roles, and the group that stands for each."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is here for; everyone is an employee besides."""

    EMPLOYEE = "employee"
    LEAD = "lead"
    AUDITOR = "auditor"
    ADMIN = "admin"


GROUP_OF = {
    Role.EMPLOYEE: "employees",
    Role.LEAD: "leads",
    Role.AUDITOR: "auditors",
    Role.ADMIN: "administrators",
}

# A person in several groups acts in the one that stands first here.
BY_WEIGHT = (Role.ADMIN, Role.AUDITOR, Role.LEAD, Role.EMPLOYEE)
