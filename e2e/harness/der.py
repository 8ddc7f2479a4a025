"""Just enough DER to issue certificates: a precertificate and its certificate share the TBSCertificate, except for the
poison and the SCT list (RFC 6962 section 3). Nobody verifies the signatures, so they are random bytes.
"""

import datetime
import functools
import hashlib
import os

POISON = "1.3.6.1.4.1.11129.2.4.3"
SCT_LIST = "1.3.6.1.4.1.11129.2.4.2"

# A key every reader can decode: the base point of P-256 (FIPS 186-4, D.1.2.3).
_POINT = bytes.fromhex(
    "04"
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


@functools.lru_cache(None)
def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray([first * 40 + second])
    for number in rest:
        group = [number & 0x7F]
        while number := number >> 7:
            group.append(0x80 | number & 0x7F)
        out += bytes(reversed(group))
    return tlv(0x06, bytes(out))


def sequence(*parts):
    return tlv(0x30, *parts)


def octets(content):
    return tlv(0x04, content)


def bits(content):
    return tlv(0x03, b"\x00", content)


def name(**attributes):
    """A Name, one attribute per RDN: name(C="NL", O="…", CN="…"). None is left out."""
    oids = {"C": "2.5.4.6", "O": "2.5.4.10", "CN": "2.5.4.3"}
    return sequence(
        *(
            tlv(0x31, sequence(oid(oids[key]), tlv(0x13 if key == "C" else 0x0C, raw(value))))
            for key, value in attributes.items()
            if value is not None
        )
    )


def time(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    if 1950 <= moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


def extension(dotted, value, critical=False):
    return sequence(oid(dotted), tlv(0x01, b"\xff") if critical else b"", octets(value))


def raw(text):
    """A name's bytes as a careless authority would write them."""
    return text.encode("utf-8", "surrogatepass")


def elements(content):
    """(tag, value, the whole element) of each element in a constructed value."""
    out, at = [], 0
    while at < len(content):
        size, head = content[at + 1], 2
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(content[at + 2 : at + head], "big")
        out.append((content[at], content[at + head : at + head + size], content[at : at + head + size]))
        at += head + size
    return out


def tbs_without(certificate, dotted):
    """The TBSCertificate of finished DER with one of its extensions cut out (RFC 6962, 3.2)."""
    tbs = elements(elements(elements(certificate)[0][1])[0][1])
    extensions = elements(elements(tbs[-1][1])[0][1])
    kept = [whole for _, inner, whole in extensions if elements(inner)[0][2] != oid(dotted)]
    assert len(kept) == len(extensions) - 1, f"{len(extensions) - len(kept)} extensions {dotted}"
    return sequence(*(whole for _, _, whole in tbs[:-1]), tlv(0xA3, sequence(*kept)))


def _sct_list(count):
    """A SignedCertificateTimestampList (RFC 6962, 3.3) of as many random timestamps."""
    scts = b"".join((119).to_bytes(2, "big") + os.urandom(119) for _ in range(count))
    return len(scts).to_bytes(2, "big") + scts


class Issuance:
    """What a precertificate and its certificate have in common. `.der(precertificate=…)` gives either of them."""

    def __init__(self, names, serial, not_before, not_after, issuer, padding=0):
        self._serial = serial
        self._before, self._after = not_before, not_after
        self._issuer = name(**issuer)
        self._names = names
        key = sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"))
        self.public_key = sequence(key, bits(_POINT))
        self._key_identifier = os.urandom(20)
        self._padding = os.urandom(padding)
        self._scts = octets(_sct_list(2))
        self._made = {}

    def _tbs(self, marker):
        algorithm = sequence(oid("1.2.840.10045.4.3.2"))
        sans = sequence(*(tlv(0x82, raw(one)) for one in self._names))
        extensions = [
            extension("2.5.29.15", b"\x03\x02\x07\x80", critical=True),
            extension("2.5.29.14", octets(self._key_identifier)),
            extension("2.5.29.17", sans),
        ]
        if self._padding:
            extensions.append(extension("1.3.6.1.4.1.99999.1", octets(self._padding)))
        if marker is not None:
            extensions.insert(2, marker)
        return sequence(
            tlv(0xA0, integer(2)),
            integer(self._serial),
            algorithm,
            self._issuer,
            sequence(time(self._before), time(self._after)),
            name(CN=self._names[0] if self._names and len(self._names[0]) <= 64 else None),
            self.public_key,
            tlv(0xA3, sequence(*extensions)),
        )

    def der(self, precertificate):
        if precertificate not in self._made:
            marker = (
                extension(POISON, b"\x05\x00", critical=True)
                if precertificate
                else extension(SCT_LIST, self._scts)
            )
            algorithm = sequence(oid("1.2.840.10045.4.3.2"))
            self._made[precertificate] = sequence(self._tbs(marker), algorithm, bits(os.urandom(70)))
        return self._made[precertificate]

    @property
    def tbs(self):
        """The TBSCertificate without poison and SCT list: what a log signs for."""
        return self._tbs(None)

    @property
    def tbs_sha256(self):
        return hashlib.sha256(self.tbs).hexdigest()

    @property
    def spki_sha256(self):
        return hashlib.sha256(self.public_key).hexdigest()
