"""What `auto` becomes, where a short trial tells."""
