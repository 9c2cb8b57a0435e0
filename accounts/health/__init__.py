"""How the identity providers are: asked by Celery every ten minutes, shown to administrators, warned of in time."""
