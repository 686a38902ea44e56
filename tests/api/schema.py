"""Holds answers against the OpenAPI document that is committed."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "openapi.yaml"


@cache
def document() -> dict[str, Any]:
    return yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))


def holds(answer: Any, route: str, method: str = "get") -> None:
    """Assert that the body has the shape that the document promises for this status."""
    path = next(path for path in document()["paths"] if _matches(path, route))
    answers = document()["paths"][path][method]["responses"]
    where = f"#/paths/{_escaped(path)}/{method}/responses/{answer.status_code}"
    assert str(answer.status_code) in answers, f"{where} is not described"
    shape = {"$ref": f"urn:document{where}/content/application~1json/schema"}
    resource = Resource(contents=document(), specification=DRAFT202012)
    registry = Registry().with_resource("urn:document", resource)
    body = answer.json()
    Draft202012Validator(shape, registry=registry).validate(body)
    assert set(body) <= _members(answers[str(answer.status_code)]), "members beyond the document"


def _members(answer: dict[str, Any]) -> set[str]:
    name = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return set(document()["components"]["schemas"][name]["properties"])


def _matches(path: str, route: str) -> bool:
    parts, asked = path.split("/"), route.split("/")
    return len(parts) == len(asked) and all(
        part == each or part.startswith("{") for part, each in zip(parts, asked, strict=True)
    )


def _escaped(path: str) -> str:
    return path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
