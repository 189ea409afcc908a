"""Compressed answers: the same plain bytes, however the compressed ones are cut."""

from __future__ import annotations

import gzip
import sys
import zlib
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.gateway.encoding import LARGEST, decoder

PLAIN = b"event: ping\ndata: {}\n\n" * 50


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def flushed(data: bytes) -> bytes:
    """One stream, flushed behind each event, as a server does that compresses while it streams."""
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    parts = [packer.compress(data[at : at + 22]) + packer.flush(zlib.Z_SYNC_FLUSH) for at in range(0, len(data), 22)]
    return b"".join(parts) + packer.flush()


CASES = {
    "none": ("", PLAIN),
    "identity": ("identity", PLAIN),
    "gzip": ("gzip", gzip.compress(PLAIN)),
    "gzip in capitals": (" GZip ", gzip.compress(PLAIN)),
    "x-gzip": ("x-gzip", gzip.compress(PLAIN)),
    "gzip, flushed": ("gzip", flushed(PLAIN)),
    "gzip in members": ("gzip", gzip.compress(PLAIN[:440]) + gzip.compress(b"") + gzip.compress(PLAIN[440:])),
    "gzip, padded": ("gzip", gzip.compress(PLAIN) + b"\0" * 300),
    "gzip with something behind it": ("gzip", gzip.compress(PLAIN) + b"junk"),
    "deflate": ("deflate", zlib.compress(PLAIN)),
    "deflate without a header": ("deflate", raw_deflate(PLAIN)),
}


@pytest.mark.parametrize("case", CASES)
@given(st.integers(1, 200))
def test_any_cut_gives_the_plain_bytes(case: str, size: int) -> None:
    encoding, packed = CASES[case]
    decoding = decoder(encoding)
    assert decoding is not None
    assert b"".join(decoding.decompress(packed[at : at + size]) for at in range(0, len(packed), size)) == PLAIN


def test_what_was_flushed_is_there_at_once() -> None:
    decoding = decoder("gzip")
    assert decoding is not None
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    for event in (b"data: 1\n\n", b"data: 2\n\n"):
        assert decoding.decompress(packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH)) == event


@pytest.mark.parametrize("encoding", ["compress", "gzip, br", "unknown", "*"])
def test_what_nobody_can_read_has_no_decoder(encoding: str) -> None:
    assert decoder(encoding) is None


@pytest.mark.parametrize(
    ("encoding", "data"),
    [("gzip", b"this is no gzip"), ("deflate", b"\x78\x9cnor is this"), ("gzip", gzip.compress(b"", mtime=0) + b"\x1f\x8bjunk")],
)
def test_damaged_bytes_raise_the_library_s_error(encoding: str, data: bytes) -> None:
    decoding = decoder(encoding)
    assert decoding is not None
    with pytest.raises(zlib.error):
        decoding.decompress(data)


def test_damage_is_told_behind_the_whole_members_in_front_of_it() -> None:
    packed = gzip.compress(PLAIN) + b"\x1f\x8bjunk"
    for size in (1, 50, 10**6):
        decoding = decoder("gzip")
        assert decoding is not None
        plain = b""
        with pytest.raises(zlib.error):
            for at in [*range(0, len(packed), size), 0]:
                plain += decoding.decompress(packed[at : at + size])
        assert plain == PLAIN


@pytest.mark.parametrize("at", [-6, -2], ids=["checksum", "length"])
def test_text_whose_checksum_is_wrong_is_not_given_out(at: int) -> None:
    packed = bytearray(gzip.compress(PLAIN))
    packed[at] ^= 0xFF
    decoding = decoder("gzip")
    assert decoding is not None
    with pytest.raises(zlib.error, match="check"):
        decoding.decompress(bytes(packed))


# -- formats whose modules may be missing --------------------------------------------------------------------------------------------------


class FakeBrotli:
    """Says backwards what it gets, as much of it as it may."""

    def __init__(self) -> None:
        self._said = b""

    def process(self, data: bytes, output_buffer_limit: int) -> bytearray:
        said = self._said + data[::-1]
        self._said = said[output_buffer_limit:]
        return bytearray(said[:output_buffer_limit])

    def can_accept_more_data(self) -> bool:
        return not self._said


class OldBrotli:
    """Knows no bound."""


class FakeZstd:
    """A frame is four bytes, said backwards."""

    def __init__(self) -> None:
        self._frame = b""
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return len(self._frame) == 4

    def decompress(self, data: bytes, most: int) -> bytes:
        assert most >= 4
        take = 4 - len(self._frame)
        if not take:
            raise EOFError
        self._frame += data[:take]
        self.unused_data = data[take:]
        return self._frame[::-1] if len(self._frame) == 4 else b""


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """None of the modules is there, installed or not."""
    for name in ("brotli", "brotlicffi", "compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    return monkeypatch


def install(modules: pytest.MonkeyPatch, name: str, member: str, value: type) -> None:
    module = ModuleType(name)
    setattr(module, member, value)
    if "." in name:
        modules.setitem(sys.modules, name.split(".")[0], ModuleType(name.split(".")[0]))
    modules.setitem(sys.modules, name, module)


@pytest.mark.parametrize("encoding", ["br", "zstd"])
def test_without_a_module_there_is_no_decoder(modules: pytest.MonkeyPatch, encoding: str) -> None:
    assert decoder(encoding) is None


@pytest.mark.parametrize("name", ["brotli", "brotlicffi"])
def test_brotli_by_either_module(modules: pytest.MonkeyPatch, name: str) -> None:
    install(modules, name, "Decompressor", FakeBrotli)
    decoding = decoder("br")
    assert decoding is not None
    assert decoding.decompress(b"cba") == b"abc"
    assert type(decoding.decompress(b"x")) is bytes
    parts = [decoding.decompress(b"c" * LARGEST + b"ba")]
    while decoding.has_more:
        parts.append(decoding.decompress(b""))
    assert [len(part) for part in parts] == [LARGEST, 2]
    install(modules, name, "Decompressor", OldBrotli)
    assert decoder("br") is None


@pytest.mark.parametrize("name", ["compression.zstd", "backports.zstd"])
@pytest.mark.parametrize("size", [1, 3, 4, 9, 12])
def test_zstd_by_either_module_frame_by_frame(modules: pytest.MonkeyPatch, name: str, size: int) -> None:
    install(modules, name, "ZstdDecompressor", FakeZstd)
    decoding = decoder("zstd")
    assert decoding is not None
    packed = b"dcbahgfelkji"
    assert b"".join(decoding.decompress(packed[at : at + size]) for at in range(0, 12, size)) == b"abcdefghijkl"
