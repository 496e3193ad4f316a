"""What people come for: five exchanges, none of which knows another."""
