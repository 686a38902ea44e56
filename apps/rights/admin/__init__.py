"""The admin's pages about whose something is: names, never a figure."""

from apps.rights.admin import identities, lanes

__all__ = ["identities", "lanes"]
