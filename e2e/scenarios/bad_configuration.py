"""A start with mistakes ends with exit code 2 and names every one of them, without telling secrets."""

from e2e.harness import waiting

NOT_OF_THE_STORE = "variables"

_MISTAKES = {
    "CERTSTREAM_URL": ["http://localhost/", "localhost:8080", "ws://", "ws://host:99999/", "ws://a/,ftp://b/"],
    "API_HOST": ["not a host", "http://127.0.0.1/"],
    "API_PORT": ["eighty", "-1", "65536", "8765x"],
    "WEBHOOK_URL": ["ftp://example.org/x", "example.org/hook", "http://", "http://example.org:0x50/"],
    "WEBHOOK_TIMEOUT_S": ["soon", "-1", "0", "nan", "inf", "1e400"],
    "WEBHOOK_REDELIVERY_INTERVAL_S": ["x", "-5"],
    "WEBHOOK_REDELIVERY_MAX_AGE_S": ["x", "-5"],
    "RESOLVE_WINDOW_S": ["x", "-5"],
    "CLEANUP_INTERVAL_S": ["hourly", "-1"],
    "ALERT_RETENTION_S": ["30 days", "-1"],
    "SUSPICIOUS_GRACE_S": ["10s", "-0.5", "nan"],
    "WATCH_REFRESH_INTERVAL_S": ["x", "-1"],
    "FEED_STALL_S": ["x", "-1"],
    "CERTSTREAM_DEFLATE": ["maybe"],
    "LOG_LEVEL": ["LOUD"],
    "LOG_FORMAT": ["xml"],
    "LOG_PREFIX": ["a\nb"],
}


def scenario(env):
    env.secrets.append("s3cret-of-the-operator")
    base = {"POSTGRES_DSN": "postgresql://x@127.0.0.1:1/x", "CERTSTREAM_URL": "ws://127.0.0.1:1/", "WEBHOOK_URL": None}

    # All at once, in as many rounds as the longest list has.
    for number in range(max(map(len, _MISTAKES.values()))):
        wrong = {name: values[number] for name, values in _MISTAKES.items() if number < len(values)}
        code, log = env.run_to_end(**{**base, **wrong}, timeout=30)
        assert code == 2, f"exit code {code}: {log}"
        missing = [f"{name}={value}" for name, value in wrong.items() if name not in log]
        assert not missing, f"not named: {missing} in {log}"

    for what, variables, names in [
        ("no database", {"POSTGRES_DSN": None}, ["POSTGRES_DSN"]),
        ("an empty one", {"POSTGRES_DSN": ""}, ["POSTGRES_DSN"]),
        ("two databases", {"SQLITE_PATH": "/tmp/x.db"}, ["POSTGRES_DSN", "SQLITE_PATH"]),
        ("no DSN", {"POSTGRES_DSN": "s3cret-of-the-operator"}, ["POSTGRES_DSN"]),
        ("an unknown parameter", {"POSTGRES_DSN": "host=x passwort=s3cret-of-the-operator"}, ["POSTGRES_DSN"]),
        ("two authorizations", {"WEBHOOK_URL": "http://a:s3cret-of-the-operator@127.0.0.1/",
                                "WEBHOOK_AUTHORIZATION": "Bearer x"}, ["WEBHOOK_AUTHORIZATION"]),
        ("a secret in a wrong URL", {"WEBHOOK_URL": "gopher://a:b@h/s3cret-of-the-operator"}, ["WEBHOOK_URL"]),
        ("a header in a header", {"WEBHOOK_AUTHORIZATION": "Bearer a\r\nX-Evil: s3cret-of-the-operator",
                                  "WEBHOOK_URL": "http://127.0.0.1/"}, ["WEBHOOK_AUTHORIZATION"]),
        ("three at once that only adapters know", {
            "WEBHOOK_URL": "https://a:s3cret-of-the-operator@127.0.0.1/", "WEBHOOK_AUTHORIZATION": "Bearer x",
            "WEBHOOK_SECRET": "whsec_", "HTTPS_PROXY": "socks5://x"},
         ["WEBHOOK_AUTHORIZATION", "WEBHOOK_SECRET", "HTTPS_PROXY"]),
        ("a secret without a URL", {"WEBHOOK_SECRET": "whsec_"}, ["WEBHOOK_SECRET"]),
        ("no such file", {"POSTGRES_DSN": None, "POSTGRES_DSN_FILE": "/nonexistent/dsn"}, ["POSTGRES_DSN_FILE"]),
    ]:
        code, log = env.run_to_end(**{**base, **variables}, timeout=30)
        assert code == 2, f"{what}: exit code {code}: {log}"
        for name in names:
            assert name in log, f"{what}: {name} is not named: {log}"

    # What is no mistake: empty variables are their defaults, fractions, any case.
    env.watch("example.org")
    process = env.start(
        **{name: "" for name in _MISTAKES if name not in ("CERTSTREAM_URL", "API_PORT", "SUSPICIOUS_GRACE_S")},
        SUSPICIOUS_GRACE_S="0.25",
    )
    assert process.terminate() == 0
    process = env.start(LOG_LEVEL="wArN", WEBHOOK_TIMEOUT_S="2.5", CLEANUP_INTERVAL_S="0.75", CERTSTREAM_DEFLATE="TRUE")
    waiting.until(lambda: process.healthz()[0] == 200, "it runs")
