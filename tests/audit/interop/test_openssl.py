"""The signature of a checkpoint, checked with OpenSSL alone: no tool for logs at all."""

import base64
import shutil
import subprocess

import pytest

from tests.audit.interop import logs

# What stands before an Ed25519 key in a public key file (RFC 8410, 4).
SPKI = bytes.fromhex("302a300506032b6570032100")

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")


def parts(log: logs.ExportedLog) -> tuple[bytes, bytes, bytes, bytes]:
    """Text, key ID, signature and public key, taken apart as shown in every manual."""
    text, lines = log.checkpoint.read_bytes().split(b"\n\n")
    signature = base64.b64decode(lines.split()[2])
    vkey = (log.folder / "log.vkey").read_text().strip()
    return text + b"\n", signature[:4], signature[4:], base64.b64decode(vkey.split("+", 2)[2])


def verifies(tmp_path, text: bytes, signature: bytes, public: bytes) -> bool:
    pem = base64.b64encode(SPKI + public).decode()
    (tmp_path / "key.pem").write_text(
        f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n"
    )
    (tmp_path / "text").write_bytes(text)
    (tmp_path / "signature").write_bytes(signature)
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature"
    result = subprocess.run(
        command.split(), cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
    )
    assert ("Signature Verified Successfully" in result.stdout) is (result.returncode == 0)
    return result.returncode == 0


class TestOpenssl:
    @pytest.mark.parametrize("size", logs.SIZES)
    def test_the_signature_is_ed25519_over_the_text(self, exported, tmp_path, size):
        text, _, signature, public = parts(exported[size])
        assert public[0] == 1
        assert verifies(tmp_path, text, signature, public[1:])

    def test_the_key_id_is_the_beginning_of_a_hash(self, exported):
        _, key_id, _, public = parts(exported[257])
        command = ["openssl", "dgst", "-sha256", "-binary"]
        named = logs.KEY.name.encode() + b"\n" + public
        digest = subprocess.run(command, input=named, capture_output=True, check=True, timeout=30)
        assert digest.stdout[:4] == key_id
        assert key_id.hex() == (exported[257].folder / "log.vkey").read_text().split("+")[1]

    @pytest.mark.parametrize("which", ["text", "signature", "public"])
    def test_one_flipped_bit_is_refused(self, exported, tmp_path, which):
        text, _, signature, public = parts(exported[257])
        sound = {"text": text, "signature": signature, "public": public[1:]}
        for at in (0, len(sound[which]) // 2, len(sound[which]) - 1):
            changed = bytearray(sound[which])
            changed[at] ^= 1
            assert not verifies(tmp_path, **sound | {which: bytes(changed)})
