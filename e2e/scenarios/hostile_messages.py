"""Whatever a message says, it costs a counter at most: not the connection, not the process, not the next message."""

import json
import random

from e2e.harness.messages import Certificate, encoded
from e2e.harness.websocket import BINARY

_BROKEN = [
    b"",
    b" ",
    b"\n",
    b"{",
    b"}",
    b"[",
    b"]]]]",
    b"nonsense",
    b'"text"',
    b"null",
    b"true",
    b"123",
    b"[]",
    b"[1,2,3]",
    b"{}",
    b'{"message_type":"certificate_update"',
    b'{"message_type":"certificate_update","data":}',
    b'{"message_type":"certificate_update","data":{"leaf_cert":{"all_domains":["www.example.org"',
    b'{"message_type":"certificate_update","data":{"leaf_cert":{"all_domains":["www.example.org]}}}',
    b'{"message_type":"certificate_update" "data":{}}',
    b"{'message_type':'certificate_update'}",
    b'{"message_type":"certificate_update","data":{"leaf_cert":{"all_domains":["\\x"]}}}',
    b'{"message_type":"certificate_update","data":{"leaf_cert":{"all_domains":["\\u12"]}}}',
    b'{"message_type":"certificate_update"}{"message_type":"certificate_update"}',
    b"\xef\xbb\xbf{}",
    b"\x00" * 100,
]

_ODD = [
    {"message_type": "certificate_update"},
    {"message_type": "certificate_update", "data": None},
    {"message_type": "certificate_update", "data": []},
    {"message_type": "certificate_update", "data": "x"},
    {"message_type": "certificate_update", "data": {"leaf_cert": None}},
    {"message_type": "certificate_update", "data": {"leaf_cert": []}},
    {"message_type": "certificate_update", "data": {"leaf_cert": {"all_domains": "www.example.org"}}},
    {"message_type": "certificate_update", "data": {"leaf_cert": {"all_domains": {"a": "www.example.org"}}}},
    {"message_type": "certificate_update", "data": {"leaf_cert": {"all_domains": 7}}},
    {"message_type": ["certificate_update"]},
    {"message_type": {"a": 1}},
    {"message_type": 17},
    {"message_type": None},
    {"message_type": "certificate_update" * 5000},
]

# Of a sighting that matches: the alert must come all the same.
_ODD_KEYS = {
    "leaf_cert.fingerprint": [5, [], {}, "not hex", "AA:BB", "AA" * 5000, True],
    "leaf_cert.serial_number": [5, [], {}, "", "zz", "0" * 100_000, "-1"],
    "leaf_cert.not_before": ["soon", [], {}, 1e308, -1, True],
    "leaf_cert.not_after": ["later", [], {}, -1e308, 2**63, 2**64],
    "leaf_cert.as_der": [5, [], "", "====", "@@@@", "MIIB", "A" * 100_001, "MIIB" + "A" * 4000],
    "leaf_cert.issuer": [5, [], "CN=x", {"O": 5, "CN": [], "aggregated": {}}, {"O": "x" * 100_000}],
    "seen": ["now", [], {}, 1e308, -1, True],
    "source": [5, [], "log", {"name": 5, "url": []}, {"name": "x" * 100_000, "url": "y" * 100_000}],
    "cert_index": ["seven", [], {}, -1, 1.5, 2**64, 1e300],
    "cert_link": [5, [], {}, "x" * 100_000],
    "update_type": [5, [], {}, "PrecertLogEntry" * 1000],
    "chain": [5, {}, "x", [[[[]]]]],
}


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_URL=None)
    env.feed.send(*_BROKEN)
    env.feed.send(*_BROKEN, opcode=BINARY)
    undecodable = process.wait_metric("certwatch_undecodable_messages_total", at_least=20)
    assert undecodable <= 2 * len(_BROKEN)
    reasons = process.metrics().labels("certwatch_undecodable_messages_total", "reason")
    assert 1 <= len(reasons) <= 20, reasons
    env.feed.send(*_ODD)
    env.barrier()
    assert len(env.alerts()) == 1

    expected = 1
    for path, values in _ODD_KEYS.items():
        for value in values:
            env.feed.send(Certificate(f"{expected}.example.org").message(change={path: value}))
            expected += 1
    rows = env.wait_alerts(expected)
    missing = {f"{number}.example.org" for number in range(1, expected)} - {row["sans"][0] for row in rows}
    assert not missing, missing

    # Cut short and damaged at every place: never the wrong thing to do.
    generator = random.Random(20240501)
    whole = encoded(Certificate("www.example.com").message(lite=True))
    for _ in range(400):
        damaged = bytearray(whole[: generator.randrange(len(whole))] if generator.random() < 0.5 else whole)
        for _ in range(generator.randrange(4)):
            if damaged:
                damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        env.feed.send(bytes(damaged), opcode=BINARY)
    env.barrier()
    # Twice the same key, keys in any order, keys nobody knows, white space everywhere.
    certificate = Certificate("order.example.org")
    message = certificate.message()
    turned = dict(reversed(message.items()))
    turned["data"] = dict(reversed(message["data"].items()))
    turned["data"]["leaf_cert"] = dict(reversed(message["data"]["leaf_cert"].items()))
    turned["unknown"] = {"data": {"leaf_cert": {"all_domains": ["x.example.org"]}}, "message_type": "heartbeat"}
    env.feed.send(json.dumps(turned, indent="\t \r\n"))
    env.wait_alerts(1, f"fingerprint = '{certificate.fingerprint()}'")
    assert len(env.feed.connections) == 1, "the connection was given up"
