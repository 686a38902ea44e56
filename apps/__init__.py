"""The rooms; each imports only what lies below it (import-linter holds it)."""
