"""The roots of RFC 6962's reference tree, and of any other tree."""

from hypothesis import given
from hypothesis import strategies as st

from apps.audit.tree import hashing
from tests.audit.tree import naive

ENTRIES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


class TestRootOf:
    def test_it_is_that_of_the_reference_tree_at_every_size(self):
        hashes = [hashing.leaf_hash(entry) for entry in ENTRIES]
        for size, root in enumerate(ROOTS):
            assert hashing.root_of(hashes[:size]).hex() == root

    def test_the_empty_tree_has_the_hash_of_nothing(self):
        assert hashing.EMPTY_ROOT.hex() == ROOTS[0]

    @given(st.lists(st.binary(max_size=4), max_size=70))
    def test_it_is_what_the_definition_says(self, entries):
        hashes = [hashing.leaf_hash(entry) for entry in entries]
        assert hashing.root_of(hashes) == naive.root_of([naive.leaf(e) for e in entries])

    def test_a_node_cannot_be_passed_off_as_an_entry(self):
        left, right = hashing.leaf_hash(b"a"), hashing.leaf_hash(b"b")
        assert hashing.leaf_hash(left + right) != hashing.node_hash(left, right)
