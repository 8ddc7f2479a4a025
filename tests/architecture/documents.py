"""What documents say against what is there: the picture's rooms, links and paths, named tests, and the manual.

By hand:  python3 tests/architecture/documents.py
"""

import pathlib
import re
import sys

import layers
import tables

REPOSITORY = tables.REPOSITORY

_PATH = re.compile(r"`((?:src|tests|e2e|bench|deploy|docs|scripts)/[\w./-]+)`")


def picture_rooms(text):
    """Rooms in the boxes of the Mermaid picture: those in quotes."""
    match = re.search(r"^```mermaid\n(.*?)^```", text, re.M | re.S)
    return set(re.findall(r'\[\(?"([^"]+)"\)?\]', match[1])) if match else set()


def picture_differences(picture, table):
    return [f"docs/architecture.md: the picture lacks {room}" for room in sorted(table - picture)] + [
        f"docs/architecture.md: the picture has {room}, which is no room" for room in sorted(picture - table)
    ]


def dead_links(name, text, exists):
    """Relative links, and paths in backticks, that lead nowhere. `name` is the document's path."""
    folder, found = pathlib.PurePosixPath(name).parent, []
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target and not exists((folder / target).as_posix()):
            found.append(f"{name}: link to {target}")
    for target in _PATH.findall(text):
        if "*" not in target and not exists(target.rstrip("/")):
            found.append(f"{name}: path {target}")
    return found


def missing_evidence(name, text, exists):
    """Tests and scenarios that stand as evidence behind a sentence, "(`pages`, `tests/fuzz`)", and are not there."""
    found = []
    for group in re.findall(r"\(((?:`[\w/.-]+`,?\s*)+)\)", text):
        for evidence in re.findall(r"`([^`]+)`", group):
            if not exists(evidence if "/" in evidence else f"e2e/scenarios/{evidence}.py"):
                found.append(f"{name}: no test {evidence}")
    return found


def unmentioned(manual, variables, commands):
    """Variables and commands that the manual does not name."""
    plain = re.sub(r"\\[-&]", "-", manual)
    found = [f"manual: variable {name}" for name in variables if not re.search(rf"\b{name}\b", plain)]
    return found + [f"manual: command {name}" for name in commands if not re.search(rf"^\.Ss {name}$", plain, re.M)]


def check():
    found = []
    rooms = set(layers.Table(tables.read("src/README.md")).rooms)
    found += picture_differences(picture_rooms(tables.read("docs/architecture.md")), rooms)

    def exists(path):
        return (REPOSITORY / path).exists()

    for path in sorted(REPOSITORY.rglob("*.md")):
        name = path.relative_to(REPOSITORY).as_posix()
        if not name.startswith(("build/", ".git/")):
            found += dead_links(name, path.read_text(encoding="utf-8"), exists)
    for name, heading in (("SECURITY.md", "## How it is built"), ("docs/operations.md", "## What a dependency could do")):
        found += missing_evidence(name, tables.read(name).split(heading, 1)[1], exists)
    variables = tables.source_variables(tables.read("src/config/variables.h"))
    found += unmentioned(tables.read("docs/certwatch.1"), variables, tables.readme_commands(tables.read("README.md")))
    return found


def main():
    found = check()
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
