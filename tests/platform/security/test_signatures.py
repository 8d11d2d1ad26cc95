"""Public keys as people write them down."""

import pytest

from scholr.platform.security.keys import KeyRing
from scholr.platform.security.signatures import InvalidKey, Signer, is_signed, key_name, public_key


def test_a_key_that_is_no_key_is_refused_in_a_sentence() -> None:
    signer = Signer.of(KeyRing((b"s" * 32,)), "tests")
    written = signer.public[0].hex()
    assert public_key(written.upper()) == signer.public[0]
    assert key_name(public_key(written)) == signer.key
    for wrong in ("", "zz" * 32, written[:-2], f"{written}00", written[:-1]):
        with pytest.raises(InvalidKey, match="64 hexadecimal digits"):
            public_key(wrong)


def test_a_signature_of_any_other_shape_is_wrong_and_no_error() -> None:
    signer = Signer.of(KeyRing((b"s" * 32,)), "tests")
    made = signer.sign(b"said")
    assert is_signed(b"said", made, signer.key, signer.public) is True
    for wrong in (b"", made[:-1], made + b"\0", bytes(64)):
        assert is_signed(b"said", wrong, signer.key, signer.public) is False
    assert is_signed(b"said", made, "0" * 16, signer.public) is None
