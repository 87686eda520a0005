"""What is published beside the report, and what describes it."""
