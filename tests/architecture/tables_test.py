"""The comparison of README with the program, tested: each kind of difference is found."""

import unittest

import tables

_VARIABLES = """
inline constexpr std::array variables{
    Variable{"POSTGRES_DSN", "", "libpq connection string or URI", true},
    Variable{"API_PORT", "8765", "port of the HTTP pages"},
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
