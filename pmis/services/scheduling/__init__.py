"""The schedule beyond its form: import, calendar and network, baselines, earned value."""
