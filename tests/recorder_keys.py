"""Keys of a ground and of a team for tests of sealed recordings, and what `age` and pyrage need to open with them."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from port_telemetry import key_files, keys


@dataclass(frozen=True)
class KeyPair:
    """As `port keys new` makes one: PEM files, and the same private key as an identity file of age's."""

    private: Path
    public: Path
    identity: Path

    @property
    def key(self) -> X25519PrivateKey:
        return key_files.private_key(self.private)

    @property
    def recipient(self) -> X25519PublicKey:
        return key_files.public_key(self.public)


def key_pair(folder: Path, name: str) -> KeyPair:
    """A new one in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    pair = KeyPair(folder / f"{name}.key", folder / f"{name}.pub", folder / f"{name}.age")
    keys.new(pair.private)
    pair.identity.write_text(keys.as_age(pair.private))
    return pair
