"""Makes the synchronous client from the asynchronous one, file by file.

    python3 scripts/generate_sync.py            # writes threadkeep/_sync
    python3 scripts/generate_sync.py --check    # fails when a file there differs
"""

import re
import sys
from pathlib import Path
from typing import Dict

PACKAGE = Path(__file__).resolve().parent.parent / "threadkeep"
NOTE = "# Made by scripts/generate_sync.py. Change _async instead.\n"
SUBSTITUTIONS = [
    (r"\basync (def|for|with)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bimport asyncio\b", "import time"),
    (r"\basyncio\.sleep\b", "time.sleep"),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b__a(iter|next|enter|exit)__\b", r"__\1__"),
    (r"\ba(close|read)\(", r"\1("),
    (r"\baiter_bytes\b", "iter_bytes"),
    (r"The asynchronous client. ``_sync`` is made from it.", "The synchronous client."),
]


def synchronous(source: str) -> str:
    """The source with the asynchronous names replaced."""
    for pattern, replacement in SUBSTITUTIONS:
        source = re.sub(pattern, replacement, source)
    lines = source.splitlines(keepends=True)
    names = [line for line in lines if line.startswith("from typing import")]
    for line in names:
        source = source.replace(line, sorted_import(line))
    return NOTE + source


def sorted_import(line: str) -> str:
    """An import of typing without names that are there twice."""
    head, names = line.strip().split(" import ")
    return f"{head} import {', '.join(sorted(set(names.split(', '))))}\n"


def generated() -> Dict[Path, str]:
    """The files and what they have to hold."""
    sources = sorted((PACKAGE / "_async").glob("*.py"))
    return {PACKAGE / "_sync" / source.name: synchronous(source.read_text()) for source in sources}


def main() -> None:
    """Writes or checks all files."""
    files = generated()
    if "--check" in sys.argv:
        stale = [path.name for path, text in files.items() if path.read_text() != text]
        sys.exit(f"Run scripts/generate_sync.py again for: {', '.join(stale)}" if stale else 0)
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
