"""`certwatch check` with a database that does not answer ends with 1, and with one that is configured wrongly with 2."""

import pathlib

_CERTIFICATE = pathlib.Path(__file__).resolve().parents[1] / "data/pairs/rome.ct.filippo.io/certificate.der"


def scenario(env):
    env.watch("rome.ct.filippo.io")
    arguments = ["check", str(_CERTIFICATE)]
    usual = {"CERTSTREAM_URL": "ws://127.0.0.1:1/", "WEBHOOK_URL": None}

    code, log = env.run_to_end(arguments=arguments, **usual)
    assert code == 0 and "suspicious" in log, f"exit code {code}: {log}"

    outage = env.outage()
    outage.begin()
    code, log = env.run_to_end(arguments=arguments, **usual, **outage.variables)
    outage.end()
    assert code == 1, f"exit code {code}: {log}"
    assert log.startswith("certwatch: "), log

    both = {"POSTGRES_DSN": "host=127.0.0.1", "SQLITE_PATH": "/nonexistent/certwatch.db"}
    code, log = env.run_to_end(arguments=arguments, **usual, **both)
    assert code == 2 and "POSTGRES_DSN and SQLITE_PATH" in log, f"exit code {code}: {log}"

    code, log = env.run_to_end(arguments=arguments, **usual, POSTGRES_DSN=None, SQLITE_PATH=None)
    assert code == 0 and "no database is configured" in log, f"exit code {code}: {log}"
