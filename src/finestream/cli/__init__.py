"""The command line. SHELL: click lives only here, one file per command; ``main`` is the one door for errors and exit codes."""
