"""The real Prometheus, with the rules that deploy/ ships: README's metrics with what happened, alerts that fire and end."""

import re

from e2e.harness import tools
from e2e.harness.environment import Skip
from e2e.harness.messages import HEARTBEAT, Certificate, Log
from e2e.harness.prometheus import Prometheus

NOT_OF_THE_STORE = "metrics"
SECONDS = 20


def scenario(env):
    env.watch("example.org", "example.net")
    process = env.start()
    try:
        # What fires after two to ten minutes is to fire within the time of a test.
        prometheus = env.keep(Prometheus(env.folder / "prometheus", f"127.0.0.1:{process.port}", for_seconds=2))
    except tools.Absent as absent:
        raise Skip(str(absent)) from absent
    # What has increased is seen by a sample of before.
    prometheus.wait('certwatch_alerts_total{severity="suspicious"} == 0')

    log = Log(start=100)
    _make_events(env, log)
    _expect_values(env, prometheus, log)
    _expect_readme(prometheus)
    _expect_alerts(env, prometheus)
    unwell = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"] if rule["health"] != "ok"]
    assert unwell == [], unwell


def _make_events(env, log):
    """Two alerts, a repeat, a failed attempt, three lost entries, a reconnect, something that is no message."""
    ours, unknown = Certificate("shop.example.net"), Certificate("www.example.org")
    env.own(ours)
    env.webhook.script = [500]
    env.feed.send(ours.message(log=log, index=100), HEARTBEAT, "no JSON")
    env.wait_settled(1)
    env.feed.send(unknown.message("precertificate", log=log, index=104), unknown.message(log=log, index=105))
    env.wait_settled(2)
    env.feed.clients[0].drop()
    env.feed.wait_for_client(2)


def _expect_values(env, prometheus, log):
    expected = {
        'certwatch_ct_messages_total{type="certificate_update"}': 3,
        'certwatch_ct_messages_total{type="heartbeat"}': 1,
        'certwatch_alerts_total{severity="info"}': 1,
        'certwatch_alerts_total{severity="suspicious"}': 1,
        'certwatch_webhook_total{result="success"}': 2,
        'certwatch_webhook_total{result="failure"}': 1,
        "certwatch_webhook_duration_seconds_count": 3,
        "certwatch_watch_entries": 2,
        "certwatch_ws_connected": 1,
        "certwatch_dedupe_cache_size": 2,
        "certwatch_build_info": 1,
        f'certwatch_feed_connected{{feed="{env.feed.name}"}}': 1,
        f'certwatch_feed_reconnects_total{{feed="{env.feed.name}"}}': 1,
        f'certwatch_feed_missed_entries_total{{log="{log.url}"}}': 3,
        "sum(certwatch_undecodable_messages_total)": 1,
        "certwatch_matches_total": 3,
        "certwatch_repeats_total": 1,
        "sum(certwatch_dropped_matches_total)": 0,
        "certwatch_alerts_pending": 0,
        "certwatch_verdicts_overdue": 0,
        "certwatch_deliveries_due": 0,
        "certwatch_oldest_delivery_age_seconds": 0,
        "certwatch_deliveries_abandoned_total": 0,
        "certwatch_alert_delay_seconds_count": 2,
        "certwatch_store_up": 1,
        "certwatch_store_errors_total": 0,
        "certwatch_watch_list_shrunk": 0,
        "certwatch_match_queue_depth": 0,
    }
    for expression, value in expected.items():
        prometheus.wait(f"{expression} == {value}")
    for sane in (
        f'certwatch_feed_bytes_total{{feed="{env.feed.name}"}} > 5000',
        "histogram_quantile(0.99, certwatch_alert_delay_seconds_bucket) < 30",
        "abs(time() - certwatch_last_ct_event_timestamp_seconds) < 300",
        "abs(time() - certwatch_watch_refreshed_timestamp_seconds) < 300",
        "certwatch_match_queue_capacity >= 1000",
        "abs(time() - process_start_time_seconds{job='certwatch'}) < 300",
        "process_resident_memory_bytes{job='certwatch'} > 1e6",
        "process_cpu_seconds_total{job='certwatch'} > 0",
        "process_open_fds{job='certwatch'} > 3",
    ):
        prometheus.wait(sane)


def _expect_readme(prometheus):
    """Every metric of README's table is there, with its type."""
    rows = re.findall(r"^\| `(certwatch_\w+)` \| (\w+) \|", (tools.REPOSITORY / "README.md").read_text(), re.MULTILINE)
    assert len(rows) > 20, rows
    metadata = prometheus.ask("metadata")
    wrong = [(name, kind, metadata.get(name)) for name, kind in rows if metadata.get(name, [{}])[0].get("type") != kind]
    assert wrong == [], wrong


def _expect_alerts(env, prometheus):
    firing = 'ALERTS{alertname="%s",alertstate="firing"}'
    ((labels, _),) = prometheus.wait(firing % "CertwatchSuspiciousCertificate")
    assert labels["severity"] == "critical", labels
    prometheus.wait_none('ALERTS{alertname=~"CertwatchNoFeed|CertwatchFeedDown|CertwatchDown"}')

    env.feed.refuse()
    env.feed.clients[0].drop()
    prometheus.wait(firing % "CertwatchNoFeed")
    ((labels, _),) = prometheus.wait(firing % "CertwatchFeedDown")
    assert labels["feed"] == env.feed.name, labels
    env.feed.listen()
    env.feed.wait_for_client(3)
    prometheus.wait_none('ALERTS{alertname=~"CertwatchNoFeed|CertwatchFeedDown"}')

    # It is Prometheus that tells when there is nobody left to tell anything.
    assert env.processes[0].terminate() == 0
    prometheus.wait(firing % "CertwatchDown")
