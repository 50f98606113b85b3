"""The path of a record: plan -> fetch -> map -> account -> verdict. One small module each; never back up."""
