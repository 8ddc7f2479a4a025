"""Everything in SQL that operators are given, run on a real PostgreSQL: README's questions, the dashboard's, the roles."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import grafana_test
import shipped
import tables
from e2e.harness import postgres


class Database(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            postgres.program("initdb")
        except RuntimeError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.server = postgres.Server().start().prepare()
        cls.addClassCleanup(cls.server.close)
        cls.database = cls.server.fresh_database()
        cls.addClassCleanup(cls.database.close)

    def test_the_questions_of_readme(self):
        blocks = re.findall(r"```sql\n(.*?)```", tables.read("README.md"), re.S)
        statements = [one for block in blocks for one in re.sub(r"--[^\n]*", "", block).split(";") if one.strip()]
        self.assertGreater(len(statements), 3)
        for statement in statements:
            self.database.execute(statement)

    def test_the_questions_of_the_runbook(self):
        blocks = re.findall(r"```sql\n(.*?)```", tables.read("docs/operations.md"), re.S)
        for block in blocks:
            for statement in re.sub(r"--[^\n]*", "", block).split(";"):
                if statement.strip():
                    self.database.execute("BEGIN")
                    try:
                        self.database.execute(statement)
                    finally:
                        self.database.execute("ROLLBACK")

    def test_the_questions_of_the_dashboard(self):
        asked = [grafana_test.sql_of(target) for _, target in grafana_test.targets() if "rawSql" in target]
        self.assertGreater(len(asked), 2)
        for statement in asked:
            self.database.execute(statement)

    def test_every_column_an_operator_may_ask_for_has_a_comment(self):
        bare = self.database.sql(
            "SELECT attrelid::regclass::text AS relation, attname FROM pg_attribute"
            " WHERE attrelid IN ('public.alerts'::regclass, 'public.alert_deliveries'::regclass)"
            " AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL"
        )
        self.assertEqual(bare, [])

    def test_the_roles_of_compose(self):
        database = self.server.fresh_database(template="template1")
        self.addCleanup(database.close)
        with tempfile.TemporaryDirectory() as folder:
            for name, secret in {"owner_password": self.server.owner_password, "certwatch_password": "it's\n",
                                 "grafana_password": "graf"}.items():  # fmt: skip
                pathlib.Path(folder, name).write_text(secret)
            environment = {
                "PATH": f"{pathlib.Path(postgres.program('psql')).parent}:{os.environ['PATH']}", "SECRETS": folder,
                "SCHEMA": str(shipped.REPOSITORY / "schema.sql"), "PGHOST": "127.0.0.1",
                "PGPORT": str(self.server.port), "PGUSER": "owner", "PGDATABASE": database.name,
            }  # fmt: skip
            for _ in range(2):
                done = subprocess.run(["sh", shipped.DEPLOY / "compose" / "roles.sh"], env=environment,
                                      capture_output=True, text=True)  # fmt: skip
                self.assertEqual(done.returncode, 0, done.stderr)

        def as_role(role, password, statement):
            return subprocess.run(
                [postgres.program("psql"), "-XAtqc", statement], capture_output=True, text=True,
                env={**environment, "PGUSER": role, "PGPASSWORD": password},
            ).returncode  # fmt: skip

        insert = "INSERT INTO public.alerts (seen_at) VALUES (1)"
        self.assertEqual(as_role("certwatch", "it's", insert), 0)
        self.assertEqual(as_role("certwatch", "it's", "SELECT FROM public.certs, public.intent_current"), 0)
        self.assertNotEqual(as_role("certwatch", "it's", "INSERT INTO public.certs VALUES ('a')"), 0)
        self.assertEqual(as_role("certwatch", "it's", "DELETE FROM public.alert_deliveries"), 0)
        self.assertEqual(as_role("grafana", "graf", "SELECT * FROM public.alerts, public.alert_deliveries"), 0)
        self.assertNotEqual(as_role("grafana", "graf", insert), 0)

    def test_the_grants_at_the_end_of_the_schema_are_the_roles_of_compose(self):
        schema = set(re.findall(r"^--   (GRANT .*?);", tables.read("schema.sql"), re.M))
        roles = tables.read("deploy/compose/roles.sh").replace("certwatch, grafana", "certwatch")
        told = set(re.findall(r"^(GRANT .* TO certwatch);", roles, re.M))
        self.assertEqual(told, {grant for grant in schema if "INSERT, UPDATE ON public.certs" not in grant})


    def test_the_installation_of_readme(self):
        """Its statements, on the tables that schema.sql makes; the service's role gets what schema.sql says."""
        (statements,) = re.findall(r"psql certwatch <<'END'\n(.*?)\n *END\n", tables.read("README.md"), re.S)
        statements = [one.strip() for one in statements.split(";") if one.strip()]
        schema = set(re.findall(r"^--   (GRANT .*?);", tables.read("schema.sql"), re.M))
        granted = {one for one in statements if one.startswith("GRANT") and one.endswith("TO certwatch")}
        self.assertEqual(granted, {one for one in schema if "INSERT, UPDATE ON public.certs" not in one})
        self.database.execute("BEGIN")
        try:
            for one in statements:
                if not one.startswith("CREATE ROLE") and not one.endswith("TO renewal"):  # roles are the server's
                    self.database.execute(one)
            self.assertEqual(self.database.value("SELECT fqdn FROM public.intent_current"), "example.org")
        finally:
            self.database.execute("ROLLBACK")


if __name__ == "__main__":
    unittest.main()
