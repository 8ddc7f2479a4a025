"""What a network service owes its host, looked for in the binary itself (readelf, nm and objdump of binutils).

By hand:  python3 tests/architecture/hardening.py BINARY
"""

import json
import pathlib
import platform
import re
import subprocess
import sys

_COMPILE_FLAGS = {
    "stack protector": r"-fstack-protector-(strong|all)",
    "FORTIFY": r"-D_FORTIFY_SOURCE=[23]",
    "optimisation (FORTIFY needs it)": r"-O[123s]",
    "position independence": r"-f(PIE|PIC|pie|pic)\b",
}
if platform.machine() == "x86_64":
    _COMPILE_FLAGS["CET"] = r"-fcf-protection=full"


def _told(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def describe(binary):
    """What the tools say of a binary."""
    return {
        "header": _told("readelf", "-Wh", binary),
        "dynamic": _told("readelf", "-Wd", binary),
        "segments": _told("readelf", "-Wl", binary),
        "imports": _told("nm", "-D", "--undefined-only", binary),
        "entry": _told("objdump", "-d", "--no-show-raw-insn", "--disassemble=main", binary),
    }


def weaknesses(told):
    """What is missing, from what `describe` gives."""
    found = []

    def expect(what, pattern, text):
        if not re.search(pattern, text, re.M):
            found.append(f"no {what}")

    expect("PIE", r"FLAGS_1.*\bPIE\b", told["dynamic"])
    expect("position-independent executable", r"Type:\s+DYN", told["header"])
    expect("RELRO", r"GNU_RELRO", told["segments"])
    expect("BIND_NOW", r"FLAGS\).*BIND_NOW|FLAGS_1.*\bNOW\b", told["dynamic"])
    expect("non-executable stack", r"GNU_STACK.* RW ", told["segments"])
    expect("stack protector", r"__stack_chk_fail", told["imports"])
    if platform.machine() == "x86_64":
        # Debian's own start-up files carry no CET note, so that the linker leaves it out of every program: what can
        # be seen is that our code is made for it.
        expect("CET (endbr64 at the start of main)", r"<main>:\n[^\n]*\bendbr64", told["entry"])
    if re.search(r"\bTEXTREL\b", told["dynamic"]):
        found.append("text relocations")
    if path := re.search(r"\((?:RPATH|RUNPATH)\).*", told["dynamic"]):
        found.append(f"a library search path: {path[0]}")
    for line in told["segments"].splitlines():
        if re.search(r"LOAD.*\bRWE\b", line):
            found.append("a segment both writable and executable")
    return found


def unprotected(commands):
    """Compile commands of our own sources (compile_commands.json) that lack a flag."""
    found = []
    for entry in commands:
        for what, pattern in _COMPILE_FLAGS.items():
            if not re.search(r"(^|\s)" + pattern + r"(\s|$)", entry["command"]):
                found.append(f"{entry['file']}: compiled without {what}")
    return found


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    found = weaknesses(describe(arguments[0]))
    commands = pathlib.Path(arguments[0]).parent / "compile_commands.json"
    if commands.exists():
        found += unprotected(json.loads(commands.read_text()))
    for weakness in found:
        print(weakness)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
