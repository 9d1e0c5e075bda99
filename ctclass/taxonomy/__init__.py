"""What people write in `taxonomy/`, read: areas, other policies, the report."""
