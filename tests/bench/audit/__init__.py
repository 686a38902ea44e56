"""What the benchmark of the log runs in processes of its own."""
