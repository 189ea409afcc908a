"""Pictures of what finestream shows on a terminal, each made from a real run of it."""
