"""What a command does besides producing a report: bring, open, trace, explain."""
