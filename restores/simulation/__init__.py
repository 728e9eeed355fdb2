"""The packaging side of simulated deliveries: what is observed, and how ALMA would hand it over."""
