"""Every touch of the outside: source, warehouse, lake, registry, embedded server."""
