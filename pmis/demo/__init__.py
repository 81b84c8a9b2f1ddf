"""The demonstration: an invented year of public works over the real boundaries of Seoul."""
