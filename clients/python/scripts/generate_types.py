"""Writes the types of the API from its OpenAPI document.

    curl -s http://127.0.0.1:3000/openapi.json | python3 scripts/generate_types.py

writes threadkeep/types.py and threadkeep/error_codes.py. With --check it fails when they differ.
A schema ``MessageDto`` becomes ``Message``. Keys stay as the API writes them.
"""

from __future__ import annotations

import json
import keyword
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set

#: The schemas that methods of the client take or give. What they refer to is written, too.
ROOTS = """
AgentConfigDto ApiKeyDto BuildContextDto ContextDto ConversationDto CreateApiKeyDto CreateUserDto
CreatedApiKeyDto CreatedMemoryDto ListedAgentConfigDto MemoryDto MemoryHitsDto MessageDto
MessageListDto NewMessageDto TurnDto TurnModelDto TurnReplyCacheDto TurnToolDto UpdateMemoryDto
UpdateUserDto UserDto
""".split()

PACKAGE = Path(__file__).resolve().parent.parent / "threadkeep"
TYPES_HEADER = '''"""Types of the API. Made by scripts/generate_types.py."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypedDict, Union
'''
CODES_HEADER = '''"""Codes of problems. Made by scripts/generate_types.py."""

from typing import Literal
'''
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
Schema = Dict[str, Any]


def name_of(reference: str) -> str:
    """The Python name of the schema that is referred to."""
    name = reference.split("/")[-1]
    return name[:-3] if name.endswith("Dto") else name


def type_of(schema: Schema) -> str:
    """The type of a value."""
    if "$ref" in schema:
        return name_of(schema["$ref"])
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema:
            return union(type_of(one) for one in schema[word])
    if "enum" in schema:
        return union(literal(one) for one in schema["enum"])
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else types
    return union(typed(name, schema) for name in names) or "Any"


def literal(value: Any) -> str:
    """The type that only this value has."""
    return "None" if value is None else f"Literal[{json.dumps(value)}]"


def typed(name: str, schema: Schema) -> str:
    """The type of a value of one JSON type."""
    if name == "array":
        return f"List[{type_of(schema.get('items', {}))}]"
    if name == "object":
        values = schema.get("additionalProperties")
        return f"Dict[str, {type_of(values) if isinstance(values, dict) else 'Any'}]"
    return PLAIN[name]


def union(types: Iterator[str]) -> str:
    """One type for several. Literals are one, and None makes it optional."""
    members = list(dict.fromkeys(types))
    literals = [one[len("Literal[") : -1] for one in members if one.startswith("Literal[")]
    others = [one for one in members if not one.startswith("Literal[") and one != "None"]
    named = ([f"Literal[{', '.join(literals)}]"] if literals else []) + others
    text = f"Union[{', '.join(named)}]" if len(named) > 1 else "".join(named)
    if "None" not in members:
        return text
    return f"Optional[{text}]" if text else "None"


def references(value: Any) -> Iterator[str]:
    """The names of all schemas that a schema refers to."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].split("/")[-1]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def needed(schemas: Dict[str, Schema]) -> List[str]:
    """The roots and what they refer to, in the order of the alphabet."""
    found: Set[str] = set()
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(schemas[name])
    return sorted(found)


def declaration(name: str, schema: Schema) -> str:
    """The class of an object, or the name of another type. Optional keys need a second class."""
    title = name_of(name)
    if "properties" not in schema:
        return f"{title} = {type_of(schema)}\n"
    types = {key: type_of(value) for key, value in schema["properties"].items()}
    required = {key: types[key] for key in types if key in schema.get("required", [])}
    optional = {key: types[key] for key in types if key not in required}
    if not optional:
        return class_of(title, "TypedDict", required)
    if not required:
        return class_of(title, "TypedDict, total=False", optional)
    base = class_of(f"_{title}Required", "TypedDict", required)
    return f"{base}\n\n{class_of(title, f'_{title}Required, total=False', optional)}"


def class_of(name: str, bases: str, types: Dict[str, str]) -> str:
    """A class with these keys. A key that is a word of Python cannot stand in a class."""
    if any(keyword.iskeyword(key) for key in types):
        items = ", ".join(f'"{key}": {text}' for key, text in types.items())
        return f'{name} = TypedDict("{name}", {{{items}}})\n'
    lines = "".join(f"    {key}: {text}\n" for key, text in types.items())
    return f"class {name}({bases}):\n{lines}"


def generate(document: Schema) -> Dict[Path, str]:
    """The files and what they have to hold."""
    schemas = document["components"]["schemas"]
    codes = schemas["Problem"]["properties"]["code"]["enum"]
    listed = "".join(f'    "{code}",\n' for code in codes)
    classes = [declaration(name, schemas[name]) for name in needed(schemas)]
    return {
        PACKAGE / "types.py": "\n\n".join([TYPES_HEADER, *classes]),
        PACKAGE / "error_codes.py": f"{CODES_HEADER}\nErrorCode = Literal[\n{listed}]\n",
    }


def main() -> None:
    """Writes or checks both files."""
    files = generate(json.load(sys.stdin))
    if "--check" in sys.argv:
        stale = [path.name for path, text in files.items() if path.read_text() != text]
        sys.exit(f"Run scripts/generate_types.py again for: {', '.join(stale)}" if stale else 0)
    for path, text in files.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
