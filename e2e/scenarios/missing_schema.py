"""An empty database: exit code 3 and every missing table named at once."""

NEEDS_POSTGRES = "a database without tables: an embedded one is given them"


def scenario(env):
    env.use_database(env.empty_database())
    code, log = env.run_to_end()
    assert code == 3, f"exit code {code}: {log}"
    assert "schema.sql" in log, log
    for table in ("certs", "alerts", "intent_current", "alert_deliveries", "certwatch_destinations"):
        assert f"public.{table}" in log, f"{table} is not named: {log}"
