"""A DSN that is wrong, and what the server says of it: its password stands in no log and on no page."""

import secrets

NEEDS_POSTGRES = "a password"


def scenario(env):
    env.watch("example.org")
    database = env.database
    wrong = secrets.token_hex(12)
    env.secrets.append(wrong)
    dsn = database.dsn.replace(database.server.password, wrong)
    # Words of others that repeat our password.
    for one in (dsn, dsn.replace("/test_", "/nowhere_"), dsn.replace("127.0.0.1", "host.invalid"),
                f"host=127.0.0.1 port={database.server.port} user=certwatch password='{wrong}' dbname=x"):
        process = env.launch(POSTGRES_DSN=one)
        process.wait_alive()
        process.wait_metric("certwatch_store_errors_total", at_least=1)
        assert process.terminate() == 0
