"""Every reader of usage against damaged input: nothing crashes, hangs or grows."""
