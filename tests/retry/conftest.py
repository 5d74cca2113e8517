from hypothesis import HealthCheck, settings

settings.register_profile(
    "shared_cores",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("shared_cores")
