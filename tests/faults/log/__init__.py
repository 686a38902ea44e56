"""The log's sequencers are killed at random; afterwards the tree is that of a clean run."""
