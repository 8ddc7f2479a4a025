"""Certificates for wss:// and https:// tests: a private authority and server certificates, made by `openssl`."""

import pathlib
import ssl
import subprocess


# RFC 5280 to the letter: Python 3.13 verifies strictly.
_SERVER = """\
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""


class Authority:
    """A private certificate authority in `folder`. `.bundle` is the file to give to SSL_CERT_FILE."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.bundle = self.folder / "authority.pem"
        self._key = self.folder / "authority.key"
        if not self.bundle.exists():
            _openssl("req", "-x509", *_new_key(self._key), "-out", self.bundle, "-days", "30", "-sha256",
                     "-subj", "/O=certwatch tests/CN=Test Authority",
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def server_files(self, *names, days=30):
        """(certificate, key) files for the given names and addresses, `localhost` and 127.0.0.1 by default."""
        names = names or ("localhost", "127.0.0.1")
        stem = self.folder / names[0].replace("*", "_")
        if not stem.with_suffix(".pem").exists():
            sans = ",".join(("IP:" if name.replace(".", "").isdigit() else "DNS:") + name for name in names)
            stem.with_suffix(".ext").write_text(f"subjectAltName={sans}\n{_SERVER}")
            _openssl("req", *_new_key(stem.with_suffix(".key")), "-out", stem.with_suffix(".csr"),
                     "-subj", f"/CN={names[0]}")
            _openssl("x509", "-req", "-in", stem.with_suffix(".csr"), "-CA", self.bundle, "-CAkey", self._key,
                     "-CAcreateserial", "-days", str(days), "-sha256", "-extfile", stem.with_suffix(".ext"),
                     "-out", stem.with_suffix(".pem"))
        return stem.with_suffix(".pem"), stem.with_suffix(".key")

    def server_context(self, *names):
        """An ssl.SSLContext for a server of these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.server_files(*names))
        return context

    def client_context(self):
        return ssl.create_default_context(cafile=self.bundle)


def _new_key(path):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.strip()}")
