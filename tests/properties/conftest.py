"""Property tests run without a deadline: on a busy machine a single example may take its time."""

from hypothesis import HealthCheck, settings

settings.register_profile("lakeseg", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("lakeseg")
