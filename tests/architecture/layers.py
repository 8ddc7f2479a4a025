"""The layer table of src/README.md, read and enforced.

A room is a folder of src/ (or one file of it) that has a row in the fenced block ```layers. The row names the rooms it
may include, each of which stands above it; `*` means all above. The fenced block ```homes names every third-party header (or folder of headers) and the
rooms it may be included in. What is neither in there nor a header of C++ or POSIX is a dependency nobody weighed. A
permission that nobody uses breaks the table as well.

By hand:  python3 tests/architecture/layers.py [REPOSITORY]     prints what breaks the table, exit code 1 if anything
"""

import pathlib
import re
import sys

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SOURCES = (".h", ".cpp")

_POSIX = re.compile(
    r"(arpa|net|netinet|sys)/\w+\.h|(dirent|fcntl|getopt|grp|ifaddrs|netdb|poll|pthread|pwd|sched|signal|spawn|stdio"
    r"|syslog|termios|time|unistd)\.h"
)
_CPP = re.compile(r"[a-z_]+|string_view|charconv")  # <vector>, <cstdint>: C++ headers have no extension and no folder


class TableError(Exception):
    """The table itself is wrong."""


def fenced(text, name):
    """Rows of the fenced block of this name: lists of words, comments (#) and empty lines left out."""
    match = re.search(rf"^```{name}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    if match is None:
        raise TableError(f"src/README.md has no fenced block named {name}")
    rows = (line.split("#")[0].split() for line in match[1].splitlines())
    return [row for row in rows if row]


class Table:
    def __init__(self, readme):
        self.rooms = {}  # room: those it may include
        self.named = set()  # (room, another one that its row names)
        for room, *allowed in fenced(readme, "layers"):
            if room in self.rooms:
                raise TableError(f"{room} has two rows")
            if allowed == ["*"]:
                allowed = list(self.rooms)
            else:
                self.named |= {(room, other) for other in allowed}
            # Rows that only look up cannot make a cycle.
            if unknown := [other for other in allowed if other not in self.rooms]:
                raise TableError(f"{room} may include {', '.join(unknown)}: no row above it")
            self.rooms[room] = allowed
        self.homes = {header: set(rooms) for header, *rooms in fenced(readme, "homes")}

    def room_of(self, path):
        """The room a path under src/ is in: the longest row that is a part of its front. None: in no room."""
        parts = path.split("/")
        for length in range(len(parts), 0, -1):
            if (room := "/".join(parts[:length])) in self.rooms:
                return room
        return None

    def home_of(self, header):
        """The row of `homes` for a third-party header (the longest that fits), or None."""
        fitting = [row for row in self.homes if header == row or (row.endswith("/") and header.startswith(row))]
        return max(fitting, key=len, default=None)


def find_cycle(graph):
    """One cycle of a graph {node: [nodes]} as a list that ends where it begins; None where there is none."""
    done, trail = set(), []

    def visit(node):
        if node in done:
            return None
        if node in trail:
            return trail[trail.index(node) :] + [node]
        trail.append(node)
        for neighbour in graph.get(node, ()):
            if cycle := visit(neighbour):
                return cycle
        trail.pop()
        done.add(node)
        return None

    for node in graph:
        if cycle := visit(node):
            return cycle
    return None


def includes(path):
    """(in quotes?, header) for each include of a source file."""
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    return [(quoted != "", quoted or angled) for quoted, angled in _INCLUDE.findall(text)]


def breaches(repository):
    """What in src/ breaks the table; empty where nothing does."""
    source = pathlib.Path(repository) / "src"
    table = Table((source / "README.md").read_text(encoding="utf-8"))
    found, graph = [], {}
    for path in sorted(path for path in source.rglob("*") if path.suffix in _SOURCES):
        name = path.relative_to(source).as_posix()
        room = table.room_of(name)
        if room is None:
            found.append(f"{name}: is in no room of the table")
            continue
        graph[name] = []
        for quoted, header in includes(path):
            if quoted:
                graph[name].append(header)
                found += _check_own(table, source, name, room, header)
            else:
                found += _check_foreign(table, name, room, header)
    if cycle := find_cycle(graph):
        found.append("headers include each other: " + " -> ".join(cycle))
    used = {table.room_of(name) for name in graph}
    found += [f"{room}: a row of the table without a source file" for room in table.rooms if room not in used]
    return found


def unused(repository):
    """Permissions of the table that nothing in src/ makes use of."""
    source = pathlib.Path(repository) / "src"
    table = Table((source / "README.md").read_text(encoding="utf-8"))
    rooms, homes = set(), set()
    for path in (path for path in source.rglob("*") if path.suffix in _SOURCES):
        name = path.relative_to(source).as_posix()
        room = table.room_of(name)
        for quoted, header in includes(path):
            if quoted:
                rooms.add((room, table.room_of(header)))
            else:
                homes |= {(table.home_of(header), room), (table.home_of(header), name)}
    found = [f"{room}: may include {other}, and never does" for room, other in sorted(table.named - rooms)]
    named = {(header, room) for header, rooms in table.homes.items() for room in rooms}
    return found + [f"{header}: may be included in {room}, and never is" for header, room in sorted(named - homes)]


def _check_own(table, source, name, room, header):
    if (source / room / f"{header}.in").is_file():
        return []  # made from a template of the same room
    if not (source / header).is_file():
        return [f'{name}: "{header}" is no file below src/']
    other = table.room_of(header)
    if other != room and other not in table.rooms[room]:
        return [f'{name}: {room} may not include {other} ("{header}")']
    return []


def _check_foreign(table, name, room, header):
    home = table.home_of(header)
    if home is None:
        if _CPP.fullmatch(header) or _POSIX.fullmatch(header):
            return []
        return [f"{name}: <{header}> is in no row of homes"]
    if room in table.homes[home] or name in table.homes[home]:
        return []
    return [f"{name}: <{header}> belongs to {', '.join(sorted(table.homes[home]))}"]


def main(arguments):
    repository = arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[2]
    try:
        found = breaches(repository) + unused(repository)
    except TableError as error:
        found = [str(error)]
    for breach in found:
        print(breach)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
