"""The page: what there is to see of a project, in a browser. SHELL. Its one law: what comes from a stream is shown, and never obeyed."""
