"""A database that is not in UTF-8: said at the start, and for each alert that loses content by it; it is sent still."""

from e2e.harness import postgres
from e2e.harness.messages import Certificate

NEEDS_POSTGRES = "another encoding"


def scenario(env):
    database = env.empty_database(encoding="LATIN1")
    database.load(postgres.SCHEMA)
    for grant in postgres.GRANTS:
        database.execute(grant)
    env.use_database(database)
    env.watch("example.org")
    process = env.start()
    process.wait_log("not in UTF8")
    foreign = Certificate("placeholder.example")
    foreign.names = ["\u0436.example.org"]
    env.feed.send(foreign.message())
    (row,) = env.wait_settled(1)
    assert row["sans"] == [] and row["matched"] == ["example.org"], row
    process.wait_log(f"without alert={row['id']} .*payload")
    plain = Certificate("www.example.org")
    env.feed.send(plain.message())
    env.wait_settled(2)
    first, second = env.webhook.payloads()
    assert first["fingerprint_sha1"] == foreign.fingerprint() and first["matched_entries"] == ["example.org"], first
    assert second["fingerprint_sha1"] == plain.fingerprint() and second["all_sans"] == ["www.example.org"], second
    assert process.log.count("not in UTF8") == 1
