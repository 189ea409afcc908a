"""What a person looks at. SHELL. Its one law: it shows what it is given, and judges nothing."""
