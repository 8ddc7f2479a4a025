"""A database without its tables: exit code 3, and the message says which one and what to do."""


def scenario(env):
    for table in ("certs", "alerts", "intent_current", "alert_deliveries", "certwatch_destinations"):
        env.database.execute(f"ALTER TABLE public.{table} RENAME TO hidden")
        code, log = env.run_to_end()
        assert code == 3, f"without {table}: exit code {code}: {log}"
        assert table in log and env.database.remedy in log, log
        env.database.execute(f"ALTER TABLE public.hidden RENAME TO {table}")
    env.watch("example.org")
    env.start()
