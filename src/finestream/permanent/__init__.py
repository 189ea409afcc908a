"""The permanent monitor of a project: its arrangement, its one instance, and the supervisor that keeps its address answering. SHELL."""
