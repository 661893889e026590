"""Addresses of databases: what they tell, and where the files of such a library are kept."""

import hashlib
from ipaddress import ip_address
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from diarize.errors import Refused
from diarize.runtime.atomic import read_small

__all__ = ["ADDRESSES", "has_password", "home_of", "kept_in", "other_machines", "parsed"]

ADDRESSES = ("postgresql://", "postgres://")  # how one begins
_PLACES = ("host", "hostaddr", "service", "servicefile")  # where an address names a machine


def home_of(url: str) -> Path:
    """Give the folder that keeps the files of a library whose address a person typed."""
    from platformdirs import user_data_path

    name = hashlib.sha256(url.encode()).hexdigest()[:16]
    return user_data_path("prosody", appauthor=False) / "databases" / name


def kept_in(file: Path) -> str | None:
    """Give the address that a library's file holds; None where there is no file."""
    try:
        return read_small(file).decode().strip() if file.is_file() else None
    except UnicodeDecodeError:
        raise Refused("library.no_address", folder=str(file.parent)) from None


def parsed(url: str, folder: str = "") -> URL:
    """Give the parts of an address.

    Raises
    ------
    Refused
        If it has none; the address itself is not told, for it may hold a password.
    """
    try:
        return make_url(url)
    except (ValueError, ArgumentError):
        if folder:
            raise Refused("library.no_address", folder=folder) from None
        raise Refused("library.bad_address") from None


def has_password(url: str) -> bool:
    """Whether an address of a database tells a password; refuses what is none."""
    made = parsed(url)
    return made.password is not None or "password" in made.query


def other_machines(url: URL) -> set[str]:
    """Name the machines, other than this one, that an address of a database leads to."""
    said = [url.host, *(value for name in _PLACES for value in url.normalized_query.get(name, ()))]
    every = {one for host in said if host for one in host.split(",")}
    return {host for host in every if host and not host.startswith("/") and not _is_here(host)}


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
