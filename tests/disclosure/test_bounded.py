from apps.disclosure.bounded import Memory


class TestMemory:
    def test_it_forgets_the_longest_unused(self):
        memory = Memory(2)
        memory.keep("a", 1)
        memory.keep("b", 2)
        assert memory.get("a") == 1
        memory.keep("c", 3)
        assert memory.get("b") is None
        assert (memory.get("a"), memory.get("c"), len(memory)) == (1, 3, 2)

    def test_it_is_empty_after_clearing(self):
        memory = Memory(2)
        memory.keep("a", 1)
        memory.clear()
        assert memory.get("a") is None
