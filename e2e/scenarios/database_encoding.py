"""A database that is not in UTF-8: exit code 3, and the message names the encoding and says what to do."""

import contextlib

from e2e.harness import postgres

NEEDS_POSTGRES = "another encoding"


def scenario(env):
    for encoding in ("LATIN1", "SQL_ASCII"):
        with contextlib.closing(env.empty_database(encoding=encoding)) as database:
            database.load(postgres.SCHEMA)
            for grant in postgres.GRANTS:
                database.execute(grant)
            code, log = env.run_to_end(**database.variables)
            assert code == 3, f"{encoding}: exit code {code}: {log}"
            assert encoding in log and "UTF8" in log, log
            assert "schema.sql" not in log, log
    env.watch("example.org")
    env.start()
