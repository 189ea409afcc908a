"""What streams, recovers and runs, told to an OpenTelemetry collector and to Prometheus. SHELL. Its one law: no stream feels it."""
