"""One command, one module, one function of the same name. What is heavy is imported inside."""
