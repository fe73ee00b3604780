"""Water and land in MODIS images of lakes: data, models and numbers behind the dashboard."""
