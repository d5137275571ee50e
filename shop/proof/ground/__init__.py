"""What experiments and benches stand on: databases of their own, crews, servers, meters."""
