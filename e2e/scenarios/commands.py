"""The commands beside the service: alerts, requeue, inventory, check, test-webhook, check-config, --help, completion.

Each ends with the codes that README's table has for it, and with no other.
"""

import base64
import json
import os
import pty
import secrets
import subprocess
import sys

from e2e.harness import certwatch, messages, waiting
from e2e.harness.messages import Certificate

sys.path.append(str(certwatch.REPOSITORY / "tests" / "architecture"))
import tables  # noqa: E402

_EXIT_CODES = tables.readme_exit_codes(tables.read("README.md"))
# Shown by other scenarios: sigterm, sigterm_database_away, bad_configuration, missing_table, sqlite_first_start.
_SERVICES = {"serve", "watch"}


class Commands:
    """Runs commands with the settings of a service. `.ended`: the exit codes of each."""

    def __init__(self, settings):
        self.ended = {}
        self._environment = {
            **certwatch.sanitizer_options(),
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            **{name: str(value) for name, value in settings.items() if value is not None},
        }

    def run(self, *arguments, code=0, given=None, **variables):
        """Its standard output."""
        environment = {**self._environment, **variables}
        done = subprocess.run(
            [str(certwatch.binary()), *map(str, arguments)], input=given, capture_output=True, env=environment,
            timeout=60 * waiting.PATIENCE,
        )
        assert done.returncode == code, f"{arguments}: {done.returncode}, {done.stdout} {done.stderr}"
        for name in (" ".join(map(str, arguments[:words])) for words in (2, 1)):
            if name in _EXIT_CODES and "--help" not in arguments:
                self.ended.setdefault(name, set()).add(code)
                break
        if code != 0:
            assert done.stderr.strip() or done.stdout.strip(), f"{arguments}: no reason is given"
        return done.stdout.decode()

    def on_a_terminal(self, *arguments):
        """What a person sees; nothing where the system has no terminals to give."""
        try:
            ours, theirs = pty.openpty()
        except OSError:
            return None
        process = subprocess.Popen([str(certwatch.binary()), *arguments], stdout=theirs, env=self._environment)
        os.close(theirs)
        text = b""
        try:
            while part := os.read(ours, 65536):
                text += part
        except OSError:  # the other side has gone
            pass
        os.close(ours)
        assert process.wait(60) == 0
        return text.decode().replace("\r\n", "\n")

    def follow(self, *arguments):
        return subprocess.Popen([str(certwatch.binary()), *arguments], stdout=subprocess.PIPE, env=self._environment, text=True)


def scenario(env):
    env.watch("example.org")
    process = env.start(SUSPICIOUS_GRACE_S=0)
    commands = Commands(process.settings)
    foreign = Certificate("login.example.org", "www.example.org")
    ours = Certificate("www.example.org")

    _inventory(env, commands, ours)
    env.feed.send(ours.message(), foreign.message())
    env.wait_settled(2)
    _alerts(env, commands, ours, foreign)
    _requeue(env, commands)
    _check(env, commands, ours, foreign)
    _only_reading(env, commands, ours)
    _others(env, commands)
    _completion(env)
    told = {name: set(codes) for name, codes in _EXIT_CODES.items() if name not in _SERVICES}
    ended = {name: codes for name, codes in commands.ended.items() if name not in _SERVICES}
    assert ended == told, f"README has {told}, and they ended with {ended}"


def _pem(content):
    text = base64.encodebytes(content).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


def _file(env, name, content):
    path = env.folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _inventory(env, commands, ours):
    """Once as PEM with a chain behind it, once as DER: one row, of the first certificate."""
    if hasattr(env.database, "owner_dsn"):  # the service itself never writes there, and may not
        commands.run("inventory", "add", _file(env, "ours.der", ours.der()), code=1)
        env.database.execute("GRANT INSERT, UPDATE ON public.certs TO certwatch")
    chain = _pem(ours.der()) + _pem(Certificate("an-authority.example").der())
    pem, der = _file(env, "ours.pem", chain), _file(env, "ours.der", ours.der())
    assert f"{ours.fingerprint()} added" in commands.run("inventory", "add", pem)
    assert f"{ours.fingerprint()} was there already" in commands.run("inventory", "add", der)
    (row,) = env.database.sql("SELECT * FROM public.certs")
    assert row["fingerprint_sha1"] == ours.fingerprint()
    assert row["serial"].lower().lstrip("0") == ours.serial_hex.lower().lstrip("0")
    assert row["sans"] == ours.names
    assert (row["not_before"], row["not_after"]) == (ours.not_before, ours.not_after)
    assert row["tbs_sha256"] == ours.tbs_sha256
    listed = commands.run("inventory", "list")
    assert ours.fingerprint() in listed and "www.example.org" in listed
    assert json.loads(commands.run("inventory", "list", "--json"))["sans"] == ours.names
    # What is no certificate for an inventory; the others of the call are taken.
    rubbish = _file(env, "rubbish.pem", "no certificate\n")
    precertificate = _file(env, "pre.der", Certificate("pre.example.org").der("precertificate"))
    commands.run("inventory", "add", rubbish, precertificate, env.folder / "missing.pem", pem, code=1)
    assert env.database.value("SELECT count(*) FROM public.certs") == 1


def _alerts(env, commands, ours, foreign):
    rows = {row["fingerprint"]: row for row in env.alerts()}
    told = [json.loads(line) for line in commands.run("alerts", "--json").splitlines()]
    assert [one["id"] for one in told] == sorted(row["id"] for row in rows.values())
    for one in told:
        row = rows[one["fingerprint"]]
        assert (one["severity"], one["event_id"], one["matched"]) == (row["severity"], row["event_id"], ["example.org"])
        importance = "info" if row["severity"] == "info" else "critical"
        assert (one["kind"], one["importance"]) == (row["kind"], row["importance"]) == ("issuance", importance)
    (suspicious,) = commands.run("alerts", "--severity", "suspicious").splitlines()
    fields = suspicious.split("\t")
    assert fields[-1] == foreign.fingerprint() and "suspicious" in fields and "example.org" in fields
    assert len(commands.run("alerts", "--since", "1h").splitlines()) == 2
    assert commands.run("alerts", "--since", "99999999999") == ""
    commands.run("alerts", "--since", "yesterday", code=2)
    commands.run("alerts", "--severity", "grave", code=2)
    seen = commands.on_a_terminal("alerts")
    assert seen is None or seen.startswith("\x1b[1mID")
    assert seen is None or "\x1b[31msuspicious\x1b[0m" in seen

    following = commands.follow("alerts", "--follow", "--json")
    try:
        assert {json.loads(following.stdout.readline())["id"] for _ in range(2)} == {one["id"] for one in told}
        new = Certificate("new.example.org")
        env.feed.send(new.message())
        assert json.loads(following.stdout.readline())["fingerprint"] == new.fingerprint()
    finally:
        following.terminate()
        following.wait()
    env.wait_settled(3)


def _requeue(env, commands):
    first = env.alerts()[0]
    before = len(env.webhook.requests)
    assert f"{first['id']}: will be delivered again" in commands.run("alerts", "requeue", first["id"])
    request = env.webhook.wait_for(before + 1)[before]
    assert request.json["id"] == first["event_id"]
    env.wait_settled(3)
    commands.run("alerts", "requeue", first["id"], "--destination", "webhook")
    assert env.webhook.wait_for(before + 2)[before + 1].body == request.body
    env.wait_settled(3)
    commands.run("alerts", "requeue", first["id"], "--destination", "nobody", code=2)
    commands.run("alerts", "requeue", first["id"] + 1000, code=1)
    commands.run("alerts", "requeue", code=2)


def _check(env, commands, ours, foreign):
    """The same certificate in every form; nothing is written."""
    before = env.alerts()
    for certificate, verdict in [(ours, "info"), (foreign, "suspicious"), (Certificate("www.example.net"), "no alert")]:
        forms = {
            "c.pem": _pem(certificate.der()),
            "c.der": certificate.der(),
            "c.json": messages.encoded(certificate.message()),
        }
        for name, content in forms.items():
            path = _file(env, name, content)
            found = json.loads(commands.run("check", "--json", path))
            assert found["verdict"] == verdict, f"{name}: {found}"
            assert found["names"] == certificate.names
            assert found["tbs_sha256"] == certificate.tbs_sha256
            assert found["matched_entries"] == ([] if verdict == "no alert" else ["example.org"])
            assert f"verdict      {verdict}" in commands.run("check", "-", given=path.read_bytes())
    precertificate = _file(env, "precertificate.der", ours.der("precertificate"))
    found = json.loads(commands.run("check", "--json", precertificate))
    assert (found["verdict"], found["precertificate"], found["tbs_sha256"]) == ("info", True, ours.tbs_sha256)
    commands.run("check", _file(env, "rubbish", b"\x00\xff rubbish"), code=1)
    commands.run("check", code=2)
    assert env.alerts() == before


def _only_reading(env, commands, ours):
    """What only looks makes no file, and asks PostgreSQL for no more than the right to read."""
    certificate = _file(env, "c.der", ours.der())
    looks = [("check", certificate), ("alerts",), ("inventory", "list")]
    folder = env.folder / "empty"
    folder.mkdir()
    for look in looks:
        commands.run(*look, code=1, POSTGRES_DSN="", SQLITE_PATH=str(folder / "certwatch.db"))
    assert not list(folder.iterdir())
    if not hasattr(env.database, "owner_dsn"):
        return
    role, password = f"reader_{env.database.name}", secrets.token_hex(12)
    env.secrets.append(password)
    env.database.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
    try:
        env.database.execute(f"ALTER ROLE {role} SET default_transaction_read_only = on")
        dsn = f"postgresql://{role}:{password}@127.0.0.1:{env.database.server.port}/{env.database.name}"
        commands.run("check", certificate, code=1, POSTGRES_DSN=dsn)
        env.database.execute(f"GRANT SELECT ON public.intent_current, public.certs, public.alerts TO {role}")
        assert commands.run("alerts", POSTGRES_DSN=dsn)
        env.database.execute(f"GRANT SELECT ON public.alert_deliveries, public.certwatch_destinations TO {role}")
        assert "verdict      info" in commands.run("check", certificate, POSTGRES_DSN=dsn)
        assert ours.fingerprint() in commands.run("inventory", "list", POSTGRES_DSN=dsn)
        commands.run("alerts", "requeue", 1, code=1, POSTGRES_DSN=dsn)
    finally:
        env.database.execute(f"DROP OWNED BY {role}")
        env.database.execute(f"DROP ROLE {role}")


def _others(env, commands):
    before = len(env.webhook.requests)
    assert "taken, status 200" in commands.run("test-webhook")
    test = env.webhook.wait_for(before + 1)[before]
    assert test.json["test"] is True and test.json["severity"] == "info"
    env.webhook.script = [503]
    assert "status 503" in commands.run("test-webhook", code=1)
    commands.run("test-webhook", WEBHOOK_URL="", code=2)
    assert "no mistakes" in commands.run("check-config")
    commands.run("check-config", API_PORT="eighty", code=2)
    commands.run("healthcheck")
    commands.run("healthcheck", "watch")
    commands.run("healthcheck", API_PORT=str(waiting.free_port()), code=1)
    commands.run("healthcheck", API_PORT="eighty", code=2)
    commands.run("healthcheck", "check", code=2)
    for one in ("inventory add", "inventory list", "test-webhook"):
        commands.run(*one.split(), "--nonsense", code=2)
    # What a command does not read is no mistake to it.
    commands.run("alerts", WEBHOOK_URL="ftp://x/", API_PORT="eighty", LOG_LEVEL="LOUD")
    commands.run("healthcheck", POSTGRES_DSN="", SQLITE_PATH="", WEBHOOK_URL="ftp://x/")
    commands.run("test-webhook", POSTGRES_DSN="", SQLITE_PATH="", API_PORT="eighty")
    assert commands.run("--version").startswith("certwatch ")
    for command in [(), ("serve",), ("watch",), ("check",), ("inventory",), ("inventory", "add"), ("inventory", "list"),
                    ("alerts",), ("alerts", "requeue"), ("test-webhook",), ("check-config",), ("healthcheck",), ("completion",)]:
        assert "--help" in commands.run(*command, "--help"), command
    commands.run("nonsense", code=2)
    commands.run("serve", "--nonsense", code=2)
    assert "_certwatch" in commands.run("completion", "bash")
    commands.run("completion", "fish", code=2)


def _completion(env):
    """In a real bash, as when the tabulator key is pressed after these words."""
    script = """
        shopt -s progcomp
        source <("$1" completion bash)
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _certwatch
        printf '%s\\n' "${COMPREPLY[@]}"
        complete -p certwatch >&2
    """
    environment = {**certwatch.sanitizer_options(), "PATH": os.environ.get("PATH", "/usr/bin:/bin")}

    def completed(*words):
        command = ["bash", "--norc", "-uc", script, "bash", str(certwatch.binary()), "certwatch", *words]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=env.folder, timeout=60)
        assert done.returncode == 0 and "-F _certwatch certwatch" in done.stderr, done.stderr
        return set(done.stdout.split())

    first_words = {name.split()[0] for name in _EXIT_CODES}
    for why, words, expected in [
        ("every command", [""], first_words | {"--help", "--version"}),
        ("those that begin so", ["che"], {"check", "check-config"}),
        ("commands of a command", ["inventory", ""], {"add", "list", "--help"}),
        ("options", ["alerts", "--s"], {"--since", "--severity"}),
        ("options of a command's command", ["inventory", "add", "--"], {"--help", "--source"}),
        ("the words that an option takes", ["alerts", "--json", "--severity", "s"], {"suspicious"}),
        ("no word for an option that takes any", ["alerts", "--since", ""], set()),
        ("the words that an argument takes", ["completion", "b"], {"bash"}),
        ("files are bash's own business", ["check", "/"], set()),
    ]:
        assert completed(*words) == expected, f"{why}: {words}: {completed(*words)}"
