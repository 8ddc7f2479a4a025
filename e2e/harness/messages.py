"""Messages as certstream-server-go 1.9 writes them: its keys in its order, a newline behind each.

    certificate = Certificate("www.example.org")
    feed.send(certificate.message())                          the certificate, with its DER
    feed.send(certificate.message("precertificate"))          the precertificate of the same issuance
    feed.send(certificate.message(change={"leaf_cert.fingerprint": ABSENT, "source.name": None}))
"""

import base64
import copy
import hashlib
import itertools
import json
import os
import pathlib
import secrets
import time

from e2e.harness import der

ABSENT = object()  # in `change`: the key is left out

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"

DIGEST_OF_NOTHING = hashlib.sha1(b"").hexdigest()

_DAY = 86400
_ISSUER = {"C": "NL", "CN": "Test Issuing Authority R1", "O": "Certwatch Test Authority"}
_counter = itertools.count(int.from_bytes(os.urandom(2), "big"))

HEARTBEAT = {"message_type": "heartbeat", "timestamp": 1509613330.63217}
DNS_ENTRIES = {"data": ["www.example.org", "example.org"], "message_type": "dns_entries"}


def encoded(message):
    """A message as bytes: dicts as JSON in the server's manner, text as UTF-8, bytes as they are."""
    if isinstance(message, bytes):
        return message
    if isinstance(message, str):
        return message.encode()
    try:
        return (json.dumps(message, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:  # lone surrogates: only an escape can say them
        return (json.dumps(message, separators=(",", ":")) + "\n").encode()


def colons(hexadecimal):
    """AA:BB:… as the server writes digests."""
    text = hexadecimal.upper()
    return ":".join(text[at : at + 2] for at in range(0, len(text), 2))


def random_fingerprint():
    """Of a certificate nobody knows: lower-case hex, as in the inventory."""
    return secrets.token_hex(20)


def _subject(common_name, **others):
    full = {"C": None, "CN": common_name, "L": None, "O": None, "OU": None, "ST": None, **others}
    aggregated = "".join(f"/{key}={full[key]}" for key in ("C", "CN", "L", "O", "OU", "ST") if full[key])
    return {**full, "aggregated": aggregated, "email_address": None}


def _changed(message, change):
    for path, value in (change or {}).items():
        at = message if path.split(".")[0] == "message_type" else message["data"]
        *way, last = path.split(".")
        for key in way:
            at = at[key]
        if value is ABSENT:
            at.pop(last, None)
        else:
            at[last] = value
    return message


class Log:
    """A CT log: gives every sighting the next index."""

    def __init__(self, name=None, url=None, start=None):
        number = next(_counter)
        self.name = name or f"Test Log {number}"
        self.url = url or f"https://ct.example.net/logs/{number}"
        self.next_index = secrets.randbelow(10**9) if start is None else start

    def take(self):
        index, self.next_index = self.next_index, self.next_index + 1
        return index


_default_log = Log()


class Certificate:
    """One issuance. Its precertificate and its certificate have different fingerprints and the same TBS hash."""

    def __init__(self, *names, serial=None, not_before=None, not_after=None, issuer=None, padding=0):
        now = int(time.time())
        self.names = list(names) or ["www.example.org"]
        # The top bit is kept clear and the top nibble set: even length, no leading zero, as most serials are.
        self.serial = serial if serial is not None else int.from_bytes(b"\x5a" + os.urandom(15), "big")
        self.not_before = now - _DAY if not_before is None else not_before
        self.not_after = self.not_before + 90 * _DAY - 1 if not_after is None else not_after
        self.issuer = issuer or dict(_ISSUER)
        self._issuance = der.Issuance(self.names, self.serial, self.not_before, self.not_after, self.issuer, padding)
        self.tbs = self._issuance.tbs
        self.tbs_sha256 = self._issuance.tbs_sha256
        self.spki_sha256 = self._issuance.spki_sha256

    def der(self, kind="certificate"):
        return self._issuance.der(kind == "precertificate")

    def fingerprint(self, kind="certificate"):
        """SHA-1, lower-case hex."""
        return hashlib.sha1(self.der(kind)).hexdigest()

    def sha256(self, kind="certificate"):
        return hashlib.sha256(self.der(kind)).hexdigest()

    @property
    def serial_hex(self):
        text = f"{self.serial:X}"
        return text if len(text) % 2 == 0 else "0" + text

    def inventory_row(self, **change):
        """The row of public.certs upstream writes once it has obtained the certificate."""
        return {
            "fingerprint_sha1": self.fingerprint(),
            "serial": self.serial_hex,
            "sans": self.names,
            "not_before": self.not_before,
            "not_after": self.not_after,
            "source": "load balancer",
            "added_at": int(time.time()),
            **change,
        }

    def leaf(self, kind="certificate", with_der=True):
        """The leaf_cert object."""
        content = self.der(kind)
        extensions = {
            "authorityInfoAccess": "URI:http://i.ca.example.net/r1.crt, URI:http://o.ca.example.net",
            "authorityKeyIdentifier": "keyid:66:69:49:d4:de:2a:9c:91:03:cf:89:0e:24:b8:0e:30:03:6e:88:2e",
            "basicConstraints": "CA:FALSE",
            "keyUsage": "Digital Signature",
            "subjectAltName": ", ".join("DNS:" + name for name in self.names),
        }
        if kind == "precertificate":
            extensions["ctlPoisonByte"] = True
        sha1 = colons(hashlib.sha1(content).hexdigest())
        leaf = {
            "all_domains": list(self.names),
            "as_der": base64.b64encode(content).decode(),
            "extensions": extensions,
            "fingerprint": sha1,
            "sha1": sha1,
            "sha256": colons(hashlib.sha256(content).hexdigest()),
            "not_after": self.not_after,
            "not_before": self.not_before,
            "serial_number": self.serial_hex,
            "signature_algorithm": "ecdsa, sha256",
            "subject": _subject(self.names[0]),
            "issuer": _subject(self.issuer.get("CN"), **{k: v for k, v in self.issuer.items() if k != "CN"}),
            "is_ca": False,
        }
        if not with_der:
            del leaf["as_der"]
        return leaf

    def message(self, kind="certificate", log=None, index=None, lite=False, tiled=False, change=None):
        """A certificate_update.

        `lite` as from /: without DER and chain. `tiled` as from a static-ct log, where the server knows no DER: the
        digests are those of nothing, cert_link is empty.
        """
        log = log or _default_log
        index = log.take() if index is None else index
        leaf = self.leaf(kind, with_der=not (lite or tiled))
        if tiled:
            nothing = colons(DIGEST_OF_NOTHING)
            leaf.update(fingerprint=nothing, sha1=nothing, sha256=colons(hashlib.sha256(b"").hexdigest()))
        link = "" if tiled else f"{log.url}/ct/v1/get-entries?start={index}&end={index}"
        seen = round(time.time(), 3)
        message = {
            "data": {
                "cert_index": index,
                "cert_link": link,
                "chain": [copy.deepcopy(_CHAIN_CERTIFICATE)],
                "leaf_cert": leaf,
                "seen": seen,
                "source": {
                    "name": log.name,
                    "url": log.url,
                    "timestamp": round(seen - 3.5, 3),
                    "type": "tiled" if tiled else "rfc6962",
                },
                "update_type": "PrecertLogEntry" if kind == "precertificate" else "X509LogEntry",
            },
            "message_type": "certificate_update",
        }
        if lite or tiled:
            del message["data"]["chain"]
        return _changed(message, change)


def _chain_certificate():
    authority = Certificate("ca.example.net", issuer={"C": "NL", "CN": "Test Root", "O": _ISSUER["O"]})
    leaf = authority.leaf()
    leaf.update(all_domains=[], subject=_subject(_ISSUER["CN"], C="NL", O=_ISSUER["O"]), is_ca=True)
    return leaf


_CHAIN_CERTIFICATE = _chain_certificate()


class RealPair:
    """A precertificate and certificate from public logs, by folder name in e2e/data/pairs (see PROVENANCE there)."""

    def __init__(self, folder):
        fields = json.loads((DATA / "pairs" / "pairs.json").read_text())[folder]
        self._folder = DATA / "pairs" / folder
        self._fields = fields
        self.names = fields["names"]
        self.tbs_sha256 = fields["tbs_sha256"]  # by kind: one of the pairs differs

    def der(self, kind="certificate"):
        return (self._folder / f"{kind}.der").read_bytes()

    def fingerprint(self, kind="certificate"):
        return hashlib.sha1(self.der(kind)).hexdigest()

    def certificate(self, kind="certificate"):
        """A Certificate that speaks with the real one's DER and fields."""
        fields = self._fields
        made = Certificate(*fields["names"], serial=int(fields["serial"], 16), not_before=fields["not_before"],
                           not_after=fields["not_after"], issuer=fields["issuer"])
        made.der = self.der
        made.tbs = der.tbs_without(self.der("precertificate"), der.POISON)
        made.tbs_sha256 = fields["tbs_sha256"][kind]
        return made
