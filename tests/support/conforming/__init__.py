"""A connector that conforms, for a service that is made up."""
