"""Running the sequencer, exporting and verifying the log, holding other logs to their word."""
