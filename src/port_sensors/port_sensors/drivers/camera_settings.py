"""What a camera's driver needs of its block in the ground's file, refused at birth where it cannot be right.

A login stands in `user` and in the file that `password_file` names; in a URL it works too, and is seen by whoever sees
the file. Opens no camera.
"""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from port_ros.network_address import NetworkAddress, parse_url
from port_ros.secret_file import exposure, read_secret
from port_sensors.transport.serial_port import LinkLost

_REMEDY = "mend `password_file` in the camera's block: it holds the camera's password and nothing else"


class CameraSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of every camera. Raises ValueError that names the key."""

    address: str
    user: str = ""
    password_file: str = ""

    def __post_init__(self) -> None:
        if not self.address.strip():
            raise ValueError("address: is empty")
        if "\0" in self.address:
            raise ValueError("address: has a NUL character in it")
        self._check()

    def advice(self) -> str:
        """What should be mended though it works; empty if nothing."""
        return ""

    def _check(self) -> None:
        """A camera on this machine asks for no login."""
        for key in ("user", "password_file"):
            if getattr(self, key):
                raise ValueError(f"{key}: belongs to cameras on a network; leave it out")


class FilmSettings(CameraSettings, frozen=True, forbid_unknown_fields=True):
    """Of a film that stands in for a camera."""

    def _check(self) -> None:
        super()._check()
        if "://" in self.address:
            raise ValueError("address: names a film's file, not a URL; rtsp:// and http:// have drivers of their own")


class NetworkCameraSettings(CameraSettings, frozen=True, forbid_unknown_fields=True):
    """Of a camera that is reached by a URL. ports: the schemes it may have, with their usual ports."""

    ports: ClassVar[Mapping[str, int]] = {}

    def _check(self) -> None:
        try:
            url = self.url
        except ValueError as error:
            raise ValueError(f"address: {error}") from error
        if bool(self.user) != bool(self.password_file):
            missing = "password_file" if self.user else "user"
            raise ValueError(f"{missing}: missing; a login is `user` and `password_file` together")
        if self.user and url.user:
            raise ValueError("address: leave the login out of it, `user` and `password_file` are there")
        if any(":" in user or not user.isprintable() for user in (self.user, url.user)):
            raise ValueError("user: a user with a colon or a control character cannot log in over HTTP or RTSP")

    @property
    def url(self) -> NetworkAddress:
        """The address, taken apart."""
        return parse_url(self.address, self.ports)

    def advice(self) -> str:
        if self.password_file:
            return exposure(self.password_file)
        known = "the login stands in `address`, where everybody reads it; write `user` and `password_file` instead"
        return known if self.url.user else ""

    def login(self) -> tuple[str, str]:
        """User and password as they are now, both empty for none. Raises LinkLost that names the file."""
        if not self.password_file:
            return self.url.user, self.url.password
        try:
            return self.user, read_secret(self.password_file)
        except OSError as error:
            raise LinkLost(f"password file {self.password_file}: {error.strerror}", _REMEDY) from error


class HttpCameraSettings(NetworkCameraSettings, frozen=True, forbid_unknown_fields=True):
    """Of a camera that streams over HTTP."""

    ports: ClassVar[Mapping[str, int]] = {"http": 80}


class RtspCameraSettings(NetworkCameraSettings, frozen=True, forbid_unknown_fields=True):
    """Of a camera that streams over RTSP."""

    ports: ClassVar[Mapping[str, int]] = {"rtsp": 554}
