"""The dashboard: metrics, labels and columns that exist, queries that run, panels that do not overlap."""

import json
import re
import unittest

import prometheus_test
import shipped
import tables

_DASHBOARD = shipped.DEPLOY / "grafana" / "certwatch.json"


def targets():
    """(title of the panel, target) of the dashboard."""
    for panel in json.loads(_DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target


def sql_of(target):
    """A target's SQL as Grafana sends it."""
    return re.sub(r"\$__timeFilter\(([^()]*(?:\([^()]*\))?)\)", r"\1 BETWEEN now() - interval '1 day' AND now()", target["rawSql"])


class Dashboard(unittest.TestCase):
    def test_metrics_and_labels_exist(self):
        for title, target in targets():
            if "expr" in target:
                self.assertEqual(prometheus_test.unknown_in(target["expr"]), [], title)

    def test_labels_in_legends_and_groups_exist(self):
        for title, target in targets():
            wanted = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
            for group in re.findall(r"\bby \(([^)]*)\)", target.get("expr", "")):
                wanted |= {label.strip() for label in group.split(",")}
            names = [name for name, _ in prometheus_test._SELECTOR.findall(target.get("expr", ""))]
            known = {"instance", "le"}.union(*(fact[1] for name, fact in shipped.metrics().items() if name in
                                               {re.sub(r"_(bucket|sum|count)$", "", one) for one in names} | set(names)))  # fmt: skip
            self.assertLessEqual(wanted, known, title)

    def test_every_metric_that_matters_is_shown(self):
        shown = " ".join(target.get("expr", "") for _, target in targets())
        missing = [name for name in shipped.metrics() if name not in shown]
        self.assertEqual(missing, [])

    def test_columns_exist(self):
        schema = tables.read("schema.sql")
        columns = tables.schema_columns(schema) | tables.schema_columns(schema, "alert_deliveries")
        words = {"seen", "why", "entry", "suspicious", "alerts", "alert_deliveries", "last_seen", "pending", "info"}
        for title, target in targets():
            if "rawSql" not in target:
                continue
            bare = re.sub(r"'[^']*'", "", target["rawSql"])
            used = set(re.findall(r"\b[a-z_][a-z0-9_]*\b", bare)) - words
            functions = set(re.findall(r"\b([a-z_]\w*)\s*\(", bare)) | {"public", "__timefilter"}
            self.assertEqual(used - columns - functions, set(), title)

    def test_panels_do_not_overlap(self):
        taken = {}
        for panel in json.loads(_DASHBOARD.read_text())["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24)
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertNotIn((x, y), taken, f"{panel['title']} over {taken.get((x, y))}")
                    taken[x, y] = panel["title"]

    def test_every_panel_names_its_source(self):
        names = {variable["name"] for variable in json.loads(_DASHBOARD.read_text())["templating"]["list"]}
        for title, target in targets():
            self.assertIn(target["datasource"]["uid"].strip("${}"), names, title)


if __name__ == "__main__":
    unittest.main()
