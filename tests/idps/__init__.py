"""Identity providers that Daypass did not write, each one process that the tests start."""
