"""The comparison of README with the program, tested: each kind of difference is found."""

import unittest

import tables

_VARIABLES = """
inline constexpr std::array variables{
    Variable{"POSTGRES_DSN", "", "libpq connection string or URI", for_a_database, true},
    Variable{"API_PORT", "8765", "port of the HTTP pages", for_the_pages},
    Variable{"REDELIVERY_S", "60",
             "between attempts; "
             "0: none"},
};
"""

_METRICS = """
      a(counter(*registry_, "certwatch_matches_total", "Matches")),
      b(counters(*registry_, "certwatch_webhook_total", "Webhook attempts by result")
            .Add({{"result", "success"}})),
      c(histogram(*registry_, "certwatch_alert_delay_seconds",
                  "Delay", {1})),
  gauges(*registry_, "certwatch_build_info", "Always 1")
"""

_README = """
## Configuration

| variable | default | |
|---|---|---|
| `POSTGRES_DSN` | required | a DSN, also from `POSTGRES_DSN_FILE` |
| `API_PORT` | `8765` | pages |
| `REDELIVERY_S` | `60` | a \\| b |

## Metrics

| metric | type | labels | |
|---|---|---|---|
| `certwatch_matches_total` | counter | | |
| `certwatch_webhook_total` | counter | `result`: `success`, `failure` | |
| `certwatch_alert_delay_seconds` | histogram | | |
| `certwatch_build_info` | gauge | `version` | |
| `process_*` | | | |

## Commands

| | |
|---|---|
| `certwatch`, `certwatch serve` | x |
| `certwatch check [--json] FILE…`, `inventory list` | x |

### Exit codes

| command | 0 | 1 | 2 |
|---|---|---|---|
| `serve` | ended | trouble | mistake |
| `inventory list` | done | | mistake |

## What it promises

| promise | shown by |
|---|---|
| never silent | `retry`, `tests/contract/suite.cpp` |
"""

_EXPOSITION = """# HELP certwatch_webhook_total Webhook attempts by result
# TYPE certwatch_webhook_total counter
certwatch_webhook_total{result="success"} 0
# TYPE certwatch_alert_delay_seconds histogram
certwatch_alert_delay_seconds_bucket{le="1"} 0
certwatch_alert_delay_seconds_count 0
"""


_MANUAL = """.Sh COMMANDS
.Ss serve
Serves.
It reads what stands in
.Sx ENVIRONMENT .
.Ss inventory list
.D1 Nm Cm inventory list Op Fl -json
It reads
.Ev POSTGRES_DSN , API_PORT .
.Ss completion
Completes.
.Sh EXIT STATUS
.Bl -tag -width Ds
.It Cm serve
.Bl -tag -width 2n -compact
.It 0
ended
.It 1
trouble
.It 2
mistake
.El
.It Cm inventory list
.Bl -tag -width 2n -compact
.It 0
done
.It 2
mistake
.El
.El
.Sh SEE ALSO
"""

_HELP = """Shows
Usage: certwatch alerts [OPTIONS] [SUBCOMMAND]

Options:
  -h,--help                   Print this help message and exit
  --severity TEXT:{info,suspicious}
                              only these
  --json                      a JSON object a line

Subcommands:
  requeue                     Deliver again

Environment:
  POSTGRES_DSN[_FILE]               libpq connection string or URI
  API_PORT                          port [8765]

Exit codes:
  0  done
  2  mistake

"""


class Tables(unittest.TestCase):
    def test_variables_of_the_source(self):
        self.assertEqual(
            tables.source_variables(_VARIABLES),
            {"POSTGRES_DSN": ("", True), "API_PORT": ("8765", False), "REDELIVERY_S": ("60", False)},
        )

    def test_variables_of_readme(self):
        self.assertEqual(tables.readme_variables(_README), tables.source_variables(_VARIABLES))

    def test_metrics_of_the_source(self):
        self.assertEqual(
            tables.source_metrics(_METRICS),
            {
                "certwatch_matches_total": "counter",
                "certwatch_webhook_total": "counter",
                "certwatch_alert_delay_seconds": "histogram",
                "certwatch_build_info": "gauge",
            },
        )

    def test_metrics_of_readme(self):
        found = tables.readme_metrics(_README)
        self.assertEqual({name: kind for name, (kind, _) in found.items()}, tables.source_metrics(_METRICS))
        self.assertEqual(found["certwatch_build_info"], ("gauge", {"version"}))

    def test_metrics_of_a_page(self):
        self.assertEqual(
            tables.exposed_metrics(_EXPOSITION),
            {"certwatch_webhook_total": ("counter", {"result"}), "certwatch_alert_delay_seconds": ("histogram", set())},
        )

    def test_columns_of_the_schema(self):
        schema = """
            CREATE TABLE IF NOT EXISTS public.alerts (
                id BIGSERIAL PRIMARY KEY, -- a comment, (with) parentheses
                severity TEXT DEFAULT 'suspicious'
            );
            ALTER TABLE public.alerts
                ADD COLUMN IF NOT EXISTS event_id TEXT,
                ADD COLUMN IF NOT EXISTS payload TEXT;
            CREATE TABLE IF NOT EXISTS public.certs (
                serial TEXT
            );
        """
        self.assertEqual(tables.schema_columns(schema), {"id", "severity", "event_id", "payload"})
        self.assertEqual(tables.schema_columns(schema, "certs"), {"serial"})

    def test_commands_of_readme(self):
        self.assertEqual(tables.readme_commands(_README), ["serve", "check", "inventory list"])

    def test_exit_codes_of_readme_and_manual(self):
        expected = {"serve": {0: "ended", 1: "trouble", 2: "mistake"}, "inventory list": {0: "done", 2: "mistake"}}
        self.assertEqual(tables.readme_exit_codes(_README), expected)
        self.assertEqual(tables.manual_exit_codes(_MANUAL), expected)

    def test_commands_of_the_manual(self):
        self.assertEqual(
            tables.manual_commands(_MANUAL),
            {
                "serve": (set(), None),
                "inventory list": ({"json"}, {"POSTGRES_DSN", "API_PORT"}),
                "completion": (set(), set()),
            },
        )

    def test_what_a_command_says_of_itself(self):
        self.assertEqual(tables.helped_variables(_HELP), {"POSTGRES_DSN", "API_PORT"})
        self.assertEqual(tables.helped_options(_HELP), {"help", "severity", "json"})
        self.assertEqual(tables.helped_exit_codes(_HELP), {0: "done", 2: "mistake"})
        self.assertEqual(tables.helped_commands(_HELP), ["requeue"])

    def test_what_is_missing_on_either_side_and_what_differs(self):
        self.assertEqual(
            tables.differences("variable", "README", {"A": 1, "B": 2}, "the program", {"B": 3, "C": 4}),
            [
                "variable A: in README, not in the program",
                "variable B: README says 2, the program says 3",
                "variable C: in the program, not in README",
            ],
        )

    def test_a_promise_whose_test_is_gone(self):
        names = tables.promised_by(_README)
        self.assertEqual(names, {"retry", "tests/contract/suite.cpp"})
        there = {"e2e/scenarios/retry.py"}
        self.assertEqual(tables.missing_tests(names, there.__contains__), ["tests/contract/suite.cpp"])

    def test_a_readme_without_the_table(self):
        with self.assertRaisesRegex(ValueError, "Configuration"):
            tables.readme_variables("# certwatch\n")


if __name__ == "__main__":
    unittest.main()
