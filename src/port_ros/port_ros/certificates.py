"""A certificate authority of the ground's own: EC P-256, one for a server, one for each client by its name.

Knows no ROS.
"""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from port_ros.key_file import KeyFileError, write_private

_CA_DAYS, _DAYS = 3650, 825


class Authority:
    """The authority in `folder` (ca.key, ca.crt), made if it is missing. Raises OSError, KeyFileError."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        if (folder / "ca.key").exists():
            key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise KeyFileError(f"{folder / 'ca.key'}: no EC key")
            self._key, self._certificate = key, x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
            return
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = _name("port ground CA")
        self._certificate = (
            _draft(name, name, self._key.public_key(), timedelta(days=_CA_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .add_extension(_USAGE_CA, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        _write(folder / "ca", self._key, self._certificate)

    def server(self, name: str, hosts: list[str]) -> None:
        """Write NAME.key and NAME.crt for a server that is reached by these names or addresses."""
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        self._issue(self._folder / name, name, ExtendedKeyUsageOID.SERVER_AUTH, names, timedelta(days=_DAYS))

    def client(self, name: str) -> None:
        """Write NAME.key and NAME.crt, unless they are there."""
        if not (self._folder / f"{name}.crt").exists():
            self.guest(name, self._folder / name, timedelta(days=_DAYS))

    def guest(self, name: str, file: Path, lasts: timedelta) -> x509.Certificate:
        """Write a client's key and certificate beside `file`, anew, valid for so long."""
        return self._issue(file, name, ExtendedKeyUsageOID.CLIENT_AUTH, None, lasts)

    def _issue(
        self, file: Path, name: str, usage: x509.ObjectIdentifier, names: x509.SubjectAlternativeName | None,
        lasts: timedelta,
    ) -> x509.Certificate:  # fmt: skip
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        draft = _draft(_name(name), self._certificate.subject, key.public_key(), lasts)
        draft = draft.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        draft = draft.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        draft = draft.add_extension(issuer, critical=False)
        if names is not None:
            draft = draft.add_extension(names, critical=False)
        certificate = draft.sign(self._key, hashes.SHA256())
        _write(file, key, certificate)
        return certificate


def _write(file: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    write_private(file.with_name(f"{file.name}.key"), key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none))
    file.with_name(f"{file.name}.crt").write_bytes(certificate.public_bytes(pem))


_USAGE_CA = x509.KeyUsage(
    digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
    key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
)  # fmt: skip


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _draft(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    # From a day ago: the clock of an edge may be behind.
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    return builder.not_valid_after(now + lasts)
