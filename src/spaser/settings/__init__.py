"""What the scheme and the year say in params/, typed; one message per fault."""
