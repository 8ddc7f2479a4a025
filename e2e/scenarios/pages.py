"""/healthz, /readyz and /metrics say what the contract says; everything else is 404; nothing can be changed here."""

import re
import time

from e2e.harness import waiting
from e2e.harness.messages import Certificate

_METRICS = {
    "certwatch_ct_messages_total": "counter",
    "certwatch_alerts_total": "counter",
    "certwatch_webhook_total": "counter",
    "certwatch_webhook_duration_seconds": "histogram",
    "certwatch_watch_entries": "gauge",
    "certwatch_last_ct_event_timestamp_seconds": "gauge",
    "certwatch_ws_connected": "gauge",
    "certwatch_dedupe_cache_size": "gauge",
    "certwatch_build_info": "gauge",
    "certwatch_feed_connected": "gauge",
    "certwatch_feed_reconnects_total": "counter",
    "certwatch_feed_bytes_total": "counter",
    "certwatch_feed_missed_entries_total": "counter",
    "certwatch_undecodable_messages_total": "counter",
    "certwatch_matches_total": "counter",
    "certwatch_repeats_total": "counter",
    "certwatch_dropped_matches_total": "counter",
    "certwatch_claims_differ_total": "counter",
    "certwatch_alerts_pending": "gauge",
    "certwatch_deliveries_due": "gauge",
    "certwatch_oldest_delivery_age_seconds": "gauge",
    "certwatch_alert_delay_seconds": "histogram",
    "certwatch_store_up": "gauge",
    "certwatch_store_errors_total": "counter",
    "certwatch_watch_refreshed_timestamp_seconds": "gauge",
    "certwatch_match_queue_depth": "gauge",
    "certwatch_match_queue_capacity": "gauge",
    "certwatch_deliveries_abandoned_total": "counter",
    "certwatch_verdicts_overdue": "gauge",
    "process_cpu_seconds_total": "counter",
    "process_resident_memory_bytes": "gauge",
    "process_open_fds": "gauge",
    "process_start_time_seconds": "gauge",
}


def scenario(env):
    env.watch("example.org")
    process = env.start(SUSPICIOUS_GRACE_S=0)
    status, body, headers = process.get("/healthz")
    assert status == 200 and headers["content-type"].startswith("application/json"), headers
    assert process.healthz()[1] == {"ok": True, "watch_entries": 1, "last_ct_event_at": None}

    before = time.time()
    env.feed.send(
        Certificate("www.example.com").message(),
        {"message_type": "heartbeat"},
        Certificate("www.example.org").message(),
        b"rubbish",
    )
    env.wait_settled(1)
    health = process.healthz()[1]
    assert health["ok"] is True and health["watch_entries"] == 1
    assert isinstance(health["last_ct_event_at"], float) and before - 2 <= health["last_ct_event_at"] <= time.time() + 2
    assert abs(process.metric("certwatch_last_ct_event_timestamp_seconds") - health["last_ct_event_at"]) < 5

    process.wait_ready()
    status, body, headers = process.get("/readyz")
    assert status == 200 and headers["content-type"].startswith("application/json"), headers
    assert isinstance(process.readyz()[1], dict)
    assert env.feed.name in body

    status, body, headers = process.get("/metrics")
    assert status == 200 and headers["content-type"].startswith("text/plain"), headers
    waiting.until(
        lambda: process.metric("certwatch_undecodable_messages_total") == 1, "the rubbish is counted"
    )
    metrics = process.metrics()
    # A metric with labels that nothing has happened to may still be absent.
    absent_at_first = {"certwatch_feed_missed_entries_total", "certwatch_feed_reconnects_total",
                       "certwatch_dropped_matches_total"}
    wrong = {name: metrics.types.get(name) for name, kind in _METRICS.items()
             if metrics.types.get(name) != kind and not (name in absent_at_first and name not in metrics.types)}
    assert not wrong, f"types: {wrong}"
    assert metrics.value("certwatch_build_info") == 1
    (version,) = metrics.labels("certwatch_build_info", "version")
    assert re.match(r"\d+\.\d+", version), version
    assert len(metrics.labels("certwatch_build_info", "revision")) == 1
    assert metrics.value("certwatch_store_up") == 1
    assert metrics.value("certwatch_match_queue_capacity") > 0
    assert metrics.value("certwatch_alert_delay_seconds_count") == 1
    assert metrics.labels("certwatch_feed_connected", "feed") == {env.feed.name}
    for _, labels, number in metrics.samples:
        assert number == number and number >= 0, labels

    for path in ("/", "/health", "/healthz/", "/metrics/x", "/favicon.ico", "/../etc/passwd", "/%2e%2e/etc/passwd",
                 "/" + "x" * 5000, "/alerts"):
        status = process.get(path)[0]
        assert status in (404, 414) if len(path) > 1000 else status == 404, f"{path[:50]}: {status}"
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        for path in ("/healthz", "/metrics", "/readyz", "/"):
            status = process.get(path, method=method)[0]
            assert 400 <= status < 500, f"{method} {path}: {status}"
    assert process.get("/healthz?verbose=1")[0] == 200
    assert process.healthz()[0] == 200
